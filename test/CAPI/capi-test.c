/* The C interface from C: results, signatures, diagnostics, emission. */

#include "conv-c/ConvOpt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);  \
      return 1;                                                                \
    }                                                                          \
  } while (0)

static const char *const source =
    "func.func @main(%x: tensor<1x6x6x3xf32>, %w: tensor<3x3x3x5xf32>)\n"
    "    -> tensor<1x4x4x5xf32> {\n"
    "  %zero = arith.constant 0.0 : f32\n"
    "  %e = tensor.empty() : tensor<1x4x4x5xf32>\n"
    "  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x4x4x5xf32>)\n"
    "    -> tensor<1x4x4x5xf32>\n"
    "  %r = linalg.conv_2d_nhwc_hwcf\n"
    "    ins(%x, %w : tensor<1x6x6x3xf32>, tensor<3x3x3x5xf32>)\n"
    "    outs(%f : tensor<1x4x4x5xf32>) -> tensor<1x4x4x5xf32>\n"
    "  return %r : tensor<1x4x4x5xf32>\n"
    "}\n"
    "func.func @scale(%x: memref<4xf32>, %s: f32) -> f32 {\n"
    "  %c0 = arith.constant 0 : index\n"
    "  %v = memref.load %x[%c0] : memref<4xf32>\n"
    "  %m = arith.mulf %v, %s : f32\n"
    "  memref.store %m, %x[%c0] : memref<4xf32>\n"
    "  return %m : f32\n"
    "}\n";

/* Weights come from the caller, under names that two modules may share, and the
   values of a signature have the model's names. */
static int checkWeights(ConvOptContext *context) {
  static const char module[] =
      "func.func @main(%x: tensor<2xf32> {conv.name = \"image\"})\n"
      "    -> (tensor<2xf32> {conv.name = \"scores\"}) {\n"
      "  %w = arith.constant dense_resource<w> : tensor<2xf32>\n"
      "  %r = arith.addf %x, %w : tensor<2xf32>\n"
      "  return %r : tensor<2xf32>\n"
      "}\n";
  for (int round = 1; round <= 2; ++round) {
    float values[] = {10.0f * round, 20.0f * round};
    ConvOptWeight weight = {"w", values, sizeof(values)};
    ConvOptModule *compiled = convOptCompileWithWeights(
        context, module, strlen(module), "weights.mlir", "", &weight, 1);
    CHECK(compiled);
    const ConvOptFunction *f = convOptModuleLookup(compiled, "main");
    ConvOptValueType type;
    CHECK(convOptFunctionGetArgument(f, 0, &type));
    CHECK(strcmp(type.name, "image") == 0);
    CHECK(convOptFunctionGetResult(f, 0, &type));
    CHECK(strcmp(type.name, "scores") == 0);
    values[0] = values[1] = 0;
    float x[] = {1, 2}, y[] = {0, 0}, *argument = x, *result = y;
    CHECK(convOptFunctionInvoke(f, (void *const *)&argument,
                                (void *const *)&result, NULL) == 0);
    CHECK(y[0] == 1 + 10 * round && y[1] == 2 + 20 * round);
    convOptModuleDestroy(compiled);
  }
  ConvOptWeight half = {"w", "1234", 4};
  CHECK(!convOptCompileWithWeights(context, module, strlen(module),
                                   "weights.mlir", "", &half, 1));
  ConvOptDiagnostic diagnostic;
  CHECK(convOptContextGetDiagnostic(context, 0, &diagnostic));
  CHECK(diagnostic.line == 3 && strstr(diagnostic.message, "are 4 bytes"));
  return 0;
}

/* A module in a file computes what it would in memory, and a damaged one is an
   error. */
static int checkFiles(ConvOptContext *context) {
  static const char module[] =
      "func.func @main(%x: tensor<2xf32> {conv.name = \"image\"})\n"
      "    -> tensor<2xf32> {\n"
      "  %w = arith.constant dense_resource<w> : tensor<2xf32>\n"
      "  %r = arith.addf %x, %w : tensor<2xf32>\n"
      "  return %r : tensor<2xf32>\n"
      "}\n";
  static const char path[] = "capi-test.compiled";
  float values[] = {10, 20};
  ConvOptWeight weight = {"w", values, sizeof(values)};
  CHECK(convOptCompileToFile(context, module, strlen(module), "file.mlir", "",
                             &weight, 1, path) == 0);
  CHECK(convOptCompileToFile(context, module, strlen(module), "file.mlir", "",
                             &weight, 1, "/nowhere/at/all") != 0);
  ConvOptModule *loaded = convOptLoad(context, path);
  CHECK(loaded);
  const ConvOptFunction *f = convOptModuleLookup(loaded, "main");
  ConvOptValueType type;
  CHECK(convOptFunctionGetArgument(f, 0, &type));
  CHECK(strcmp(type.name, "image") == 0);
  float x[] = {1, 2}, y[] = {0, 0}, *argument = x, *result = y;
  CHECK(convOptFunctionInvoke(f, (void *const *)&argument,
                              (void *const *)&result, NULL) == 0);
  CHECK(y[0] == 11 && y[1] == 22);
  convOptModuleDestroy(loaded);

  FILE *file = fopen(path, "r+b");
  CHECK(file && fseek(file, -1, SEEK_END) == 0);
  int last = fgetc(file);
  CHECK(fseek(file, -1, SEEK_END) == 0 && fputc(last ^ 1, file) != EOF);
  fclose(file);
  CHECK(!convOptLoad(context, path));
  ConvOptDiagnostic diagnostic;
  CHECK(convOptContextGetDiagnostic(context, 0, &diagnostic));
  CHECK(strstr(diagnostic.message, "damaged"));
  CHECK(remove(path) == 0);
  CHECK(!convOptLoad(context, path));
  return 0;
}

/* Functions keep their names, whatever becomes of their symbols. */
static int checkNames(ConvOptContext *context) {
  static const char names[] =
      "func.func @\"paddle-onnx\"(%x: memref<1xf32>) -> f32 {\n"
      "  %r = arith.constant 1.0 : f32\n"
      "  return %r : f32\n"
      "}\n"
      "func.func @paddle_onnx(%x: memref<1xf32>) -> f32 {\n"
      "  %r = arith.constant 2.0 : f32\n"
      "  return %r : f32\n"
      "}\n"
      "func.func @malloc(%x: memref<1xf32>) -> f32 {\n"
      "  %r = arith.constant 3.0 : f32\n"
      "  return %r : f32\n"
      "}\n";
  static const char *const expected[] = {"paddle-onnx", "paddle_onnx",
                                         "malloc"};
  ConvOptModule *module =
      convOptCompile(context, names, strlen(names), "names.mlir", "");
  CHECK(module);
  CHECK(convOptModuleGetNumFunctions(module) == 3);
  for (size_t i = 0; i < 3; ++i) {
    const ConvOptFunction *f = convOptModuleLookup(module, expected[i]);
    CHECK(f && f == convOptModuleGetFunction(module, i));
    CHECK(strcmp(convOptFunctionGetName(f), expected[i]) == 0);
    float x = 0, y = 0, *argument = &x, *result = &y;
    CHECK(convOptFunctionInvoke(f, (void *const *)&argument,
                                (void *const *)&result, NULL) == 0);
    CHECK(y == (float)(i + 1));
  }
  CHECK(!convOptModuleLookup(module, "malloc_"));
  convOptModuleDestroy(module);
  return 0;
}

static int checkCalls(ConvOptContext *context) {
  ConvOptModule *module =
      convOptCompile(context, source, strlen(source), "conv.mlir", "threads=1");
  CHECK(module);
  CHECK(convOptModuleGetNumFunctions(module) == 2);
  CHECK(!convOptModuleLookup(module, "nothing"));
  const ConvOptFunction *f = convOptModuleLookup(module, "main");
  CHECK(f);
  ConvOptValueType type;
  CHECK(convOptFunctionGetNumArguments(f) == 2);
  CHECK(convOptFunctionGetArgument(f, 1, &type));
  CHECK(type.rank == 4 && type.shape[3] == 5 && type.bytes == 540);
  CHECK(type.code == ConvOptFloat && type.bits == 32 && !type.scalar);
  CHECK(!convOptFunctionGetArgument(f, 2, &type));
  CHECK(convOptFunctionGetNumResults(f) == 1);
  CHECK(convOptFunctionGetResult(f, 0, &type));
  CHECK(type.role == ConvOptRoleOutput && type.shape[1] == 4);

  static float x[6][6][3], w[3][3][3][5], y[4][4][5], again[4][4][5];
  for (int i = 0; i < 6 * 6 * 3; ++i)
    (&x[0][0][0])[i] = (float)(i % 7 - 3);
  for (int i = 0; i < 3 * 3 * 3 * 5; ++i)
    (&w[0][0][0][0])[i] = (float)(i % 5 - 2);
  void *arguments[] = {x, w}, *results[] = {y};
  CHECK(convOptFunctionInvoke(f, arguments, results, NULL) == 0);
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j)
      for (int k = 0; k < 5; ++k) {
        float sum = 0;
        for (int r = 0; r < 3; ++r)
          for (int s = 0; s < 3; ++s)
            for (int c = 0; c < 3; ++c)
              sum += x[i + r][j + s][c] * w[r][s][c][k];
        CHECK(sum == y[i][j][k]);
      }

  /* Through the pointer, with memory of our own. */
  void *workspace =
      aligned_alloc(64, (convOptFunctionGetWorkspaceBytes(f) + 64) & ~63ul);
  void (*direct)(const float *, const float *, float *, void *);
  void *pointer = convOptFunctionGetPointer(f);
  memcpy(&direct, &pointer, sizeof direct);
  direct(&x[0][0][0], &w[0][0][0][0], &again[0][0][0], workspace);
  CHECK(memcmp(y, again, sizeof y) == 0);
  free(workspace);

  const ConvOptFunction *scale = convOptModuleLookup(module, "scale");
  CHECK(scale && convOptFunctionGetNumResults(scale) == 1);
  CHECK(convOptFunctionGetArgument(scale, 0, &type));
  CHECK(type.role == ConvOptRoleInOut);
  CHECK(convOptFunctionGetArgument(scale, 1, &type) && type.scalar);
  CHECK(convOptFunctionGetResult(scale, 0, &type) && type.scalar);
  float values[4] = {3, 4, 5, 6}, factor = 2, product = 0;
  void *scaleArguments[] = {values, &factor}, *scaleResults[] = {&product};
  CHECK(convOptFunctionInvoke(scale, scaleArguments, scaleResults, NULL) == 0);
  CHECK(product == 6 && values[0] == 6 && values[1] == 4);
  convOptModuleDestroy(module);
  return 0;
}

/* Extents that the source leaves open are given to each call. */
static int checkSizes(ConvOptContext *context) {
  static const char text[] =
      "func.func @main(%x: tensor<?x?xf32>, %y: tensor<?x2xf32>)\n"
      "    -> tensor<?x2xf32> {\n"
      "  %c0 = arith.constant 0 : index\n"
      "  %n = tensor.dim %x, %c0 : tensor<?x?xf32>\n"
      "  %e = tensor.empty(%n) : tensor<?x2xf32>\n"
      "  %zero = arith.constant 0.0 : f32\n"
      "  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x2xf32>)\n"
      "    -> tensor<?x2xf32>\n"
      "  %r = linalg.matmul ins(%x, %y : tensor<?x?xf32>, tensor<?x2xf32>)\n"
      "    outs(%f : tensor<?x2xf32>) -> tensor<?x2xf32>\n"
      "  return %r : tensor<?x2xf32>\n"
      "}\n";
  ConvOptModule *module =
      convOptCompile(context, text, strlen(text), "sizes.mlir", "products=0");
  CHECK(module);
  const ConvOptFunction *f = convOptModuleLookup(module, "main");
  ConvOptValueType type;
  CHECK(convOptFunctionGetArgument(f, 1, &type));
  CHECK(type.rank == 2 && type.shape[0] == -1 && type.shape[1] == 2);
  CHECK(type.bytes == 0);
  CHECK(convOptFunctionGetNumSizes(f) == 3);
  CHECK(convOptFunctionGetNumResultSizes(f) == 1);
  for (int64_t n = 1; n < 4; ++n) {
    int64_t sizes[] = {n, 2, 2}, got = 0;
    CHECK(convOptFunctionGetResultSizes(f, sizes, &got) == 0 && got == n);
    CHECK(convOptFunctionGetWorkspaceBytesFor(f, sizes) < 4096);
    float x[] = {1, 2, 3, 4, 5, 6}, y[] = {1, 10, 100, 1000}, r[7] = {0};
    void *arguments[] = {x, y}, *results[] = {r};
    CHECK(convOptFunctionInvokeSized(f, arguments, results, sizes, NULL) == 0);
    for (int64_t i = 0; i < n; ++i)
      CHECK(r[2 * i] == x[2 * i] + 100 * x[2 * i + 1] &&
            r[2 * i + 1] == 10 * r[2 * i]);
    CHECK(r[2 * n] == 0);
    CHECK(convOptFunctionInvoke(f, arguments, results, NULL) != 0);
  }
  int64_t bad[] = {1, 2, 3}, got = 0;
  CHECK(convOptFunctionGetResultSizes(f, bad, &got) != 0);
  convOptModuleDestroy(module);
  return 0;
}

static int expectError(ConvOptContext *context, const char *text,
                       const char *options, unsigned line,
                       const char *message) {
  ConvOptModule *module =
      convOptCompile(context, text, strlen(text), "bad.mlir", options);
  CHECK(!module);
  ConvOptDiagnostic diagnostic;
  for (size_t i = 0; i < convOptContextGetNumDiagnostics(context); ++i) {
    CHECK(convOptContextGetDiagnostic(context, i, &diagnostic));
    if (diagnostic.severity == ConvOptSeverityError &&
        strstr(diagnostic.message, message) && diagnostic.line == line)
      return 0;
    fprintf(stderr, "%s:%u: %s\n", diagnostic.file, diagnostic.line,
            diagnostic.message);
  }
  fprintf(stderr, "no error '%s' in line %u\n", message, line);
  return 1;
}

static int checkErrors(ConvOptContext *context) {
  CHECK(!expectError(context, "\nfunc.func @f() {\n  nonsense\n}", NULL, 3,
                     "custom op 'nonsense' is unknown"));
  CHECK(!expectError(context, source, "cpu=nonsense", 0, "nonsense"));
  CHECK(!expectError(context, source, "colour=red", 0, "colour"));
  CHECK(!expectError(context,
                     "\nfunc.func @f(%x: tensor<*xf32>) {\n  return\n}", NULL,
                     2, "has no rank"));
  CHECK(!expectError(context,
                     "\nfunc.func @f(%n: index) -> tensor<?xf32> {\n"
                     "  %e = tensor.empty(%n) : tensor<?xf32>\n"
                     "  return %e : tensor<?xf32>\n}",
                     NULL, 2, "do not follow from those of its arguments"));
  CHECK(!expectError(context, "func.func private @f()", NULL, 0,
                     "no public function"));
  CHECK(!convOptCompileFile(context, "/nonexistent.mlir", NULL));
  CHECK(convOptContextGetNumDiagnostics(context) == 1);
  return 0;
}

static int checkEmission(ConvOptContext *context) {
  char *data = NULL;
  size_t size = 0;
  CHECK(convOptEmit(context, source, strlen(source), "conv.mlir",
                    "cpu=cortex-a57 triple=aarch64-linux-gnu", "net_",
                    ConvOptEmitObject, &data, &size) == 0);
  CHECK(size > 64 && memcmp(data, "\177ELF", 4) == 0);
  convOptFree(data);
  CHECK(convOptEmit(context, source, strlen(source), "conv.mlir", "cpu=haswell",
                    "net_", ConvOptEmitLLVMIR, &data, &size) == 0);
  CHECK(size > 64);
  char *text = malloc(size + 1);
  memcpy(text, data, size);
  text[size] = 0;
  CHECK(strstr(text, "@net_main(") && !strstr(text, "@malloc"));
  free(text);
  convOptFree(data);
  return 0;
}

/* The line for reports of errors has what the single strings say. */
static int checkVersions(void) {
  const char *full = convOptGetFullVersion();
  CHECK(strncmp(full, "conv-opt ", 9) == 0);
  char version[32];
  (void)snprintf(version, sizeof version, "%d.%d.%d", CONVOPT_VERSION_MAJOR,
                 CONVOPT_VERSION_MINOR, CONVOPT_VERSION_PATCH);
  CHECK(strcmp(convOptGetVersion(), version) == 0);
  CHECK(CONVOPT_VERSION > CONVOPT_MAKE_VERSION(0, 0, 99));
  CHECK(strlen(convOptGetVersion()) && strstr(full, convOptGetVersion()));
  CHECK(strlen(convOptGetRevision()) && strstr(full, convOptGetRevision()));
  CHECK(strncmp(convOptGetLLVMVersion(), "22.", 3) == 0 &&
        strstr(full, convOptGetLLVMVersion()));
  return 0;
}

int main(void) {
  if (checkVersions())
    return 1;
  ConvOptContext *context = convOptContextCreate();
  if (checkCalls(context) || checkNames(context) || checkWeights(context) ||
      checkFiles(context) || checkSizes(context) || checkErrors(context) || checkEmission(context))
    return 1;
  convOptContextDestroy(context);
  printf("%s, C API: ok\n", convOptGetFullVersion());
  return 0;
}
