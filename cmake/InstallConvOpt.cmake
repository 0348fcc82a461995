# Installs libraries, headers, tools, the plugin and the CMake package.
include(CMakePackageConfigHelpers)

set(CONVOPT_STATIC_LIBRARIES Algorithms Decide Execution IR Kernels Layers Machine
                             Measure Memory Pipelines Recognition Rest Schedule
                             Support Tune)
set(CONVOPT_EXPORTED_NAMES ${CONVOPT_STATIC_LIBRARIES} ConvOpt)
set(CONVOPT_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/ConvOpt)
set(CONVOPT_INSTALLED_TARGETS ConvOpt)
foreach(name ${CONVOPT_STATIC_LIBRARIES})
  list(APPEND CONVOPT_INSTALLED_TARGETS ConvOpt${name})
  set_target_properties(ConvOpt${name} PROPERTIES EXPORT_NAME ${name})
endforeach()
foreach(target ${CONVOPT_INSTALLED_TARGETS})
  target_include_directories(${target} INTERFACE
                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
endforeach()

install(TARGETS ${CONVOPT_INSTALLED_TARGETS} EXPORT ConvOptTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS ${CONVOPT_TOOLS} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS ConvOptPlugin LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/conv include/conv-c
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN *.h PATTERN *.td PATTERN *.def)
install(DIRECTORY ${PROJECT_BINARY_DIR}/include/conv
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN *.inc PATTERN CMakeFiles EXCLUDE)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT ConvOptTargets NAMESPACE ConvOpt::
        DESTINATION ${CONVOPT_PACKAGE_DIR})
configure_package_config_file(
  cmake/ConvOptConfig.cmake.in ${PROJECT_BINARY_DIR}/ConvOptConfig.cmake
  INSTALL_DESTINATION ${CONVOPT_PACKAGE_DIR}
  PATH_VARS CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/ConvOptConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ConvOptConfig.cmake
              ${PROJECT_BINARY_DIR}/ConvOptConfigVersion.cmake
        DESTINATION ${CONVOPT_PACKAGE_DIR})
