# Warnings, sanitizers and the feature macros that every target is compiled with.
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes
	-Wvla -Wformat=2 -Wno-format-nonliteral -fno-strict-aliasing -fno-common)
if(SLUICE_WERROR)
	add_compile_options(-Werror)
endif()
add_compile_definitions(_GNU_SOURCE SLUICE_VERSION="${PROJECT_VERSION}")
include_directories(${PROJECT_SOURCE_DIR})
# What must not be called is a compile error.
add_compile_options(-include ${PROJECT_SOURCE_DIR}/common/banned.h)

# What distributions harden with; the sanitizers have checks of their own.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
add_compile_options(-fstack-protector-strong)
add_link_options(-pie -Wl,-z,relro,-z,now)
if(NOT SLUICE_SANITIZE)
	add_compile_options($<$<CONFIG:RelWithDebInfo,Release>:-D_FORTIFY_SOURCE=2>)
endif()

if(SLUICE_SANITIZE)
	add_compile_options(-fsanitize=${SLUICE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
	add_link_options(-fsanitize=${SLUICE_SANITIZE})
endif()
if(SLUICE_FUZZ)
	# coverage feedback from the libraries as well as from the targets
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()
