# What the rooms need from outside, and the programs made of them.
target_link_libraries(base PUBLIC PkgConfig::SODIUM)
target_link_libraries(sql PRIVATE PkgConfig::SQLITE)
target_link_libraries(net PRIVATE OpenSSL::SSL OpenSSL::Crypto)
target_link_libraries(net_testing PRIVATE OpenSSL::Crypto)
target_link_libraries(kube PRIVATE simdjson::simdjson)

# sql/queries and sql/migrations become C++ tables.
file(GLOB SQL_FILES CONFIGURE_DEPENDS src/sql/queries/*.sql src/sql/migrations/*.sql)
set(GENERATED ${CMAKE_BINARY_DIR}/generated)
add_custom_command(OUTPUT ${GENERATED}/sql/queries.h
  COMMAND ${CMAKE_COMMAND} -E make_directory ${GENERATED}/sql
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/tools/embed_sql.py ${CMAKE_SOURCE_DIR}/src/sql ${GENERATED}/sql/queries.h
  COMMAND ${CMAKE_COMMAND} -E touch ${GENERATED}/sql/queries.h
  DEPENDS ${SQL_FILES} ${CMAKE_SOURCE_DIR}/tools/embed_sql.py)
add_custom_target(generated DEPENDS ${GENERATED}/sql/queries.h)
add_dependencies(sql generated)
target_include_directories(sql PUBLIC ${GENERATED})
target_link_libraries(store PRIVATE PkgConfig::ZSTD)

target_link_libraries(json PUBLIC PkgConfig::YAML)

# The one binary.
file(GLOB MAIN_FILES CONFIGURE_DEPENDS src/main/*.cc)
list(FILTER MAIN_FILES EXCLUDE REGEX "(boost_once|fairlead_sim)\\.cc$")
add_executable(fairlead ${MAIN_FILES})
target_compile_definitions(fairlead PRIVATE FAIRLEAD_VERSION="${PROJECT_VERSION}")
target_link_libraries(fairlead cli api auth control store sql seal local pods agent)

# The whole system in one process, with virtual time and faults.
add_executable(fairlead_sim src/main/fairlead_sim.cc)
target_link_libraries(fairlead_sim sim CLI11::CLI11)
