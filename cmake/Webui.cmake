# webui_build(OUT FOLDER TOOL): the web UI is built into FOLDER, and TOOL makes the C file OUT of what is there. Node is needed for
# that alone, not by what is built.
find_program(NODE node)
if(NOT NODE)
	message(FATAL_ERROR "node, which the web UI is built with, is missing: run scripts/setup")
endif()
execute_process(COMMAND ${NODE} -p "process.versions.node" OUTPUT_VARIABLE node_version OUTPUT_STRIP_TRAILING_WHITESPACE)
if(node_version VERSION_LESS 18)
	message(FATAL_ERROR "${NODE} is ${node_version}; the web UI is built with 18 or newer: see scripts/setup")
endif()

set(webui ${PROJECT_SOURCE_DIR}/webui)
# written by npm; when it goes, or others come, this is asked again
set(webui_packages ${webui}/node_modules/.package-lock.json)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${webui_packages})
if(NOT EXISTS ${webui_packages})
	message(FATAL_ERROR "webui/node_modules, which the web UI is built with, is missing: run scripts/setup")
endif()

function(webui_build out folder tool)
	file(GLOB top LIST_DIRECTORIES false CONFIGURE_DEPENDS ${webui}/*)
	file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${webui}/src/* ${webui}/styles/*)
	add_custom_command(OUTPUT ${out}
		COMMAND ${CMAKE_COMMAND} -E rm -rf ${folder}
		COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
		COMMAND ${NODE} ${webui}/build.mjs ${folder}
		COMMAND ${tool} ${folder} ${out}
		DEPENDS ${tool} ${top} ${sources} ${webui_packages})
endfunction()
