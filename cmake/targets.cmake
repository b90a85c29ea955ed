# What the rooms need from outside, and the programs made of them.

target_link_libraries(json PUBLIC PkgConfig::YAML)

if(FUZZ)
  foreach(program json_fuzz yaml_fuzz)
    add_executable(${program} src/json/${program}.cc)
    target_link_libraries(${program} json)
    target_link_options(${program} PRIVATE -fsanitize=fuzzer)
  endforeach()
endif()
