/* Compiles the file it is given and calls its function main on zeros. */

#include <conv-c/ConvOpt.h>

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  ConvOptContext *context = convOptContextCreate();
  ConvOptModule *module =
      argc == 2 ? convOptCompileFile(context, argv[1], NULL) : NULL;
  if (!module) {
    ConvOptDiagnostic d;
    for (size_t i = 0; convOptContextGetDiagnostic(context, i, &d); ++i)
      fprintf(stderr, "%s:%u:%u: %s\n", d.file, d.line, d.column, d.message);
    return 1;
  }
  const ConvOptFunction *function = convOptModuleLookup(module, "main");
  if (!function)
    return 1;
  void *arguments[8], *results[8];
  ConvOptValueType type;
  for (size_t i = 0; i < 8; ++i)
    if (convOptFunctionGetArgument(function, i, &type))
      arguments[i] = calloc(1, type.bytes);
  for (size_t i = 0; i < 8; ++i)
    if (convOptFunctionGetResult(function, i, &type))
      results[i] = malloc(type.bytes);
  if (convOptFunctionInvoke(function, arguments, results, NULL))
    return 1;
  printf("workspace: %zu bytes, first value: %g\n",
         convOptFunctionGetWorkspaceBytes(function), *(float *)results[0]);
  return 0;
}
