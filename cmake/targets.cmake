# What the rooms need from outside, and the programs made of them.
target_link_libraries(base PUBLIC PkgConfig::SODIUM)
