# What the rooms need from outside, and the programs made of them.

# http: a server for load generators, and its parsers under libFuzzer.
add_executable(http_bench EXCLUDE_FROM_ALL src/http/http_bench.cc)
target_link_libraries(http_bench http)
if(FUZZ)
  add_executable(http_fuzz src/http/http_fuzz.cc)
  target_link_libraries(http_fuzz http -fsanitize=fuzzer)
endif()
