/* With -Wl,--wrap the linker sends every call of an allocation function in the
   program and the model here. */

#include <stdlib.h>

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *memory);

void *__wrap_malloc(size_t size) { abort(); }
void *__wrap_calloc(size_t count, size_t size) { abort(); }
void *__wrap_realloc(void *old, size_t size) { abort(); }
void *__wrap_aligned_alloc(size_t alignment, size_t size) { abort(); }
void __wrap_free(void *memory) { abort(); }
