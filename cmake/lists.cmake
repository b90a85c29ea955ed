# The names of the programs that the tools run, one a line: tests.txt, fuzz.txt, bench.txt in the build folder.
function(write_list property file)
  get_property(programs GLOBAL PROPERTY ${property})
  list(JOIN programs "\n" text)
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/${file} CONTENT "${text}\n")
endfunction()
write_list(ROOM_TESTS tests.txt)
write_list(ROOM_FUZZERS fuzz.txt)
write_list(ROOM_BENCHES bench.txt)
