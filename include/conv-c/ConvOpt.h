/*===- ConvOpt.h - C interface of the convolution compiler ----------------===*\
|*                                                                            *|
|* Part of the conv-opt project, under the Apache License v2.0 with LLVM      *|
|* Exceptions. See LICENSE for license information.                           *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* Compiles MLIR modules and calls their functions. Link with libConvOpt.so.  *|
|*                                                                            *|
|* Functions that can fail return NULL or a non-zero int; what was wrong is   *|
|* then among the context's diagnostics. Compilation through one context is   *|
|* serialised; functions of a module may be called by any number of threads.  *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef CONV_C_CONVOPT_H
#define CONV_C_CONVOPT_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define CONVOPT_EXPORTED __attribute__((visibility("default")))
#else
#define CONVOPT_EXPORTED
#endif

/** The version this header belongs to. Programs compiled with it run with every
    libConvOpt.so of the same major and minor version and the same or a later
    patch level, which its name in the file system says: the SONAME is
    libConvOpt.so.MAJOR.MINOR. Structures may only grow at their end within a
    minor version. */
#define CONVOPT_VERSION_MAJOR 0
#define CONVOPT_VERSION_MINOR 1
#define CONVOPT_VERSION_PATCH 0
/** To compare: CONVOPT_VERSION >= CONVOPT_MAKE_VERSION(0, 1, 0). */
#define CONVOPT_MAKE_VERSION(major, minor, patch)                              \
  ((major) * 10000 + (minor) * 100 + (patch))
#define CONVOPT_VERSION                                                        \
  CONVOPT_MAKE_VERSION(CONVOPT_VERSION_MAJOR, CONVOPT_VERSION_MINOR,           \
                       CONVOPT_VERSION_PATCH)

#ifdef __cplusplus
extern "C" {
#endif

/** Loads the dialects once; keep it for many compilations. */
typedef struct ConvOptContext ConvOptContext;
/** Compiled code in memory. Independent of the context that made it. */
typedef struct ConvOptModule ConvOptModule;
/** A function of a module; lives as long as the module. */
typedef struct ConvOptFunction ConvOptFunction;

typedef enum {
  ConvOptSeverityNote,
  ConvOptSeverityWarning,
  ConvOptSeverityError,
  ConvOptSeverityRemark
} ConvOptSeverity;

/** A message of the last call on a context. The strings live until the next
    call on it. */
typedef struct {
  ConvOptSeverity severity;
  /** Empty when there is no location; then line and column are 0. */
  const char *file;
  unsigned line, column;
  const char *message;
} ConvOptDiagnostic;

/** Kinds of elements, numbered as DLPack does. */
typedef enum {
  ConvOptInt = 0,
  ConvOptUInt = 1,
  ConvOptFloat = 2,
  ConvOptBFloat = 4,
  ConvOptBool = 6
} ConvOptTypeCode;

typedef enum {
  ConvOptRoleInput, /**< Only read. */
  ConvOptRoleInOut, /**< A memref argument of the source: perhaps written. */
  ConvOptRoleOutput /**< A result: only written. */
} ConvOptRole;

/** An argument or result. Buffers are dense and row-major. */
typedef struct {
  ConvOptRole role;
  ConvOptTypeCode code;
  unsigned bits;
  /** Non-zero: a single value, not a buffer. */
  int scalar;
  unsigned rank;
  /** -1: only the caller of the function knows; `bytes` is then 0. */
  const int64_t *shape;
  int64_t bytes;
  /** What the model calls it; empty when it does not say. */
  const char *name;
} ConvOptValueType;

/** The bytes of a constant that a module names, `dense_resource<NAME>`, but
   does not hold: dense, row-major, little endian, best aligned to its elements.
 */
typedef struct {
  const char *name;
  const void *data;
  size_t size;
} ConvOptWeight;

typedef enum {
  ConvOptEmitObject,
  ConvOptEmitAssembly,
  ConvOptEmitLLVMIR
} ConvOptEmitKind;

/** "MAJOR.MINOR.PATCH". This string and the next three are the library's. */
CONVOPT_EXPORTED const char *convOptGetVersion(void);
/** Of the sources, as git describes it; "unknown" outside a checkout. */
CONVOPT_EXPORTED const char *convOptGetRevision(void);
/** Of the LLVM that is loaded. */
CONVOPT_EXPORTED const char *convOptGetLLVMVersion(void);
/** All of them, as the tools' --version: what a report of an error needs. */
CONVOPT_EXPORTED const char *convOptGetFullVersion(void);

CONVOPT_EXPORTED ConvOptContext *convOptContextCreate(void);
CONVOPT_EXPORTED void convOptContextDestroy(ConvOptContext *context);

/** Messages of the last compilation in this context, remarks included. */
CONVOPT_EXPORTED size_t
convOptContextGetNumDiagnostics(const ConvOptContext *context);
/** Returns 0 when `index` is out of range, and leaves `diagnostic` alone. */
CONVOPT_EXPORTED int convOptContextGetDiagnostic(const ConvOptContext *context,
                                                 size_t index,
                                                 ConvOptDiagnostic *diagnostic);

/** Compiles `length` bytes of MLIR text or bytecode for calls in this process.
    `name` is what diagnostics call the source. `options` are those of the
    pipeline conv-to-llvm, "threads=2 algorithm=direct", and may be NULL.
    Returns NULL on failure. */
CONVOPT_EXPORTED ConvOptModule *convOptCompile(ConvOptContext *context,
                                               const char *source,
                                               size_t length, const char *name,
                                               const char *options);
/** The same with weights that stand in the caller's memory and are not copied
    into the module first; they are not read any more after the call. Of weights
    in a file, `options` or the module say the name: see --conv-load-weights. */
CONVOPT_EXPORTED ConvOptModule *
convOptCompileWithWeights(ConvOptContext *context, const char *source,
                          size_t length, const char *name, const char *options,
                          const ConvOptWeight *weights, size_t numWeights);
/** The same for a file. */
CONVOPT_EXPORTED ConvOptModule *convOptCompileFile(ConvOptContext *context,
                                                   const char *path,
                                                   const char *options);
/** Compiles as convOptCompileWithWeights() does, and writes the code, weights
    included, to the file `path`, in place of what is there. Returns non-zero on
    failure. */
CONVOPT_EXPORTED int convOptCompileToFile(ConvOptContext *context,
                                          const char *source, size_t length,
                                          const char *name, const char *options,
                                          const ConvOptWeight *weights,
                                          size_t numWeights, const char *path);
/** What convOptCompileToFile() wrote, without a compilation. The file is code
    that will run: load none from people you would not run programs of. Returns
    NULL when it cannot be read, is damaged, was written by a version with
    another form of such files, or is for a CPU with features that this one has
    not. */
CONVOPT_EXPORTED ConvOptModule *convOptLoad(ConvOptContext *context,
                                            const char *path);
CONVOPT_EXPORTED void convOptModuleDestroy(ConvOptModule *module);

/** Compiles to an object, assembly or LLVM IR, for any target `options` name
    ("cpu=cortex-a57 triple=aarch64-linux-gnu"). Functions are called `prefix`
    (may be NULL) + their name, with what C cannot call made an identifier as in
    the headers of conv-compile, and take pointers to arguments, results and
    workspace. Writes the bytes to `*data`, to be freed with convOptFree(), and
    their number to `*size`. Returns non-zero on failure. */
CONVOPT_EXPORTED int convOptEmit(ConvOptContext *context, const char *source,
                                 size_t length, const char *name,
                                 const char *options, const char *prefix,
                                 ConvOptEmitKind kind, char **data,
                                 size_t *size);
CONVOPT_EXPORTED void convOptFree(void *data);

/** Public functions, in the order of the source. */
CONVOPT_EXPORTED size_t
convOptModuleGetNumFunctions(const ConvOptModule *module);
/** NULL when `index` is out of range. */
CONVOPT_EXPORTED const ConvOptFunction *
convOptModuleGetFunction(const ConvOptModule *module, size_t index);
/** NULL when there is no public function of that name. */
CONVOPT_EXPORTED const ConvOptFunction *
convOptModuleLookup(const ConvOptModule *module, const char *name);

CONVOPT_EXPORTED const char *
convOptFunctionGetName(const ConvOptFunction *function);
CONVOPT_EXPORTED size_t
convOptFunctionGetNumArguments(const ConvOptFunction *function);
/** Returns 0 when `index` is out of range, and leaves `type` alone. */
CONVOPT_EXPORTED int convOptFunctionGetArgument(const ConvOptFunction *function,
                                                size_t index,
                                                ConvOptValueType *type);
/** Buffers first, then at most one scalar. */
CONVOPT_EXPORTED size_t
convOptFunctionGetNumResults(const ConvOptFunction *function);
CONVOPT_EXPORTED int convOptFunctionGetResult(const ConvOptFunction *function,
                                              size_t index,
                                              ConvOptValueType *type);
/** Bytes of temporary memory of one call; 0 where they follow from sizes. */
CONVOPT_EXPORTED size_t
convOptFunctionGetWorkspaceBytes(const ConvOptFunction *function);

/** How many extents of arguments are -1. Where that is not 0, a call takes them
    as an array, `sizes`, in the order of the arguments. */
CONVOPT_EXPORTED size_t
convOptFunctionGetNumSizes(const ConvOptFunction *function);
/** How many extents of results are -1. */
CONVOPT_EXPORTED size_t
convOptFunctionGetNumResultSizes(const ConvOptFunction *function);
/** Writes these to `resultSizes`, in the order of the results. Returns non-zero
    where the sizes do not fit: where operations would be given operands of
    different extents, or windows that leave their image. */
CONVOPT_EXPORTED int
convOptFunctionGetResultSizes(const ConvOptFunction *function,
                              const int64_t *sizes, int64_t *resultSizes);
/** Bytes of temporary memory of one call with these sizes. */
CONVOPT_EXPORTED size_t convOptFunctionGetWorkspaceBytesFor(
    const ConvOptFunction *function, const int64_t *sizes);

/** The compiled function itself. In C its type is
    T (*)(arguments..., buffers of results..., void *workspace): pointers for
    buffers, values for scalars; T is the scalar result or void. Of a function
    with sizes, `const int64_t *sizes` stands before the workspace. */
CONVOPT_EXPORTED void *
convOptFunctionGetPointer(const ConvOptFunction *function);

/** Calls it. `arguments` and `results` hold one pointer each to the first
    element of a buffer or to a scalar. `workspace` is aligned to 64 bytes, or
    NULL to use memory that the calling thread keeps for this purpose. Nothing
    is checked. Returns non-zero when there is no memory for the workspace, and
    for functions with sizes. */
CONVOPT_EXPORTED int convOptFunctionInvoke(const ConvOptFunction *function,
                                           void *const *arguments,
                                           void *const *results,
                                           void *workspace);
/** The same with the sizes that convOptFunctionGetNumSizes() counts; ask
    convOptFunctionGetResultSizes() whether they fit. They are not read where
    there are none. */
CONVOPT_EXPORTED int convOptFunctionInvokeSized(const ConvOptFunction *function,
                                                void *const *arguments,
                                                void *const *results,
                                                const int64_t *sizes,
                                                void *workspace);

#ifdef __cplusplus
}
#endif

#endif /* CONV_C_CONVOPT_H */
