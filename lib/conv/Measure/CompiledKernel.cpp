//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/CompiledKernel.h"

#include "conv/Measure/Elements.h"
#include "conv/Schedule/AlgorithmTraits.h"

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

/// The module of `spec`; fails with what its diagnostics say.
static llvm::Expected<OwningOpRef<ModuleOp>> build(const KernelSpec &spec,
                                                   MLIRContext *context) {
  std::string why;
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
    why += (why.empty() ? "" : "; ") + diagnostic.str();
  });
  FailureOr<OwningOpRef<ModuleOp>> module = buildKernel(spec, context);
  if (failed(module))
    return llvm::createStringError(why);
  return std::move(*module);
}

llvm::Expected<Objects> bench::compileKernel(const MeasureRequest &request,
                                             MLIRContext *context,
                                             const ResolvedTarget &target,
                                             CompileLog &log) {
  CompileOptions options;
  options.cpu = request.cpu;
  options.machine = request.machine;
  options.threads = request.threads;
  options.maxWorkspace = request.maxWorkspace;
  options.accuracy = request.accuracy;
  // A schedule that is given says which algorithm.
  if (request.spec.schedule.empty()) {
    options.algorithm = request.algorithm;
    options.form = request.form;
  }
  auto module = build(request.spec, context);
  if (!module)
    return module.takeError();
  auto objects = bench::compile(**module, options, target, log);
  if (!objects)
    return objects.takeError();
  // The pipeline took the convolution back to linalg and warned why.
  if (log.schedule.empty())
    return llvm::createStringError(log.warnings.empty()
                                       ? "conv-autotune chose no schedule"
                                       : log.warnings);
  return objects;
}

llvm::Expected<CompiledKernel>
CompiledKernel::compile(const MeasureRequest &request, MLIRContext *context,
                        const ResolvedTarget &target) {
  CompiledKernel kernel(request.spec);
  bool openMP = request.threads > 1;
  auto engine = [&]() -> llvm::Expected<Engine> {
    if (request.algorithm == "upstream") {
      kernel.log.algorithm = "upstream";
      auto module = build(kernel.spec, context);
      if (!module)
        return module.takeError();
      if (auto error = lowerUpstream(**module))
        return std::move(error);
      return createCountingEngine(**module, target, openMP);
    }
    auto objects = compileKernel(request, context, target, kernel.log);
    if (!objects)
      return objects.takeError();
    return createCountingEngine(std::move(*objects), target, openMP);
  }();
  if (!engine)
    return engine.takeError();
  kernel.engine = std::move(*engine);
  auto function = kernel.engine->lookup("conv");
  if (!function)
    return function.takeError();
  kernel.function = *function;
  if (!kernel.log.packed.empty()) {
    auto pack = kernel.engine->lookup("conv_pack");
    if (!pack)
      return pack.takeError();
    kernel.packFunction = *pack;
  }
  return kernel;
}

static size_t getBytes(ElementKind kind) { return getBits(kind) / 8; }

static llvm::Expected<Buffer> copyOf(const std::vector<float> &data,
                                     ElementKind kind,
                                     Buffer::Placement placement) {
  auto buffer = Buffer::create(data.size(), placement, getBytes(kind));
  if (buffer)
    storeElements(kind, data, buffer->bytes());
  return buffer;
}

std::vector<float> CompiledKernel::readOutput(const Operands &operands) const {
  return loadElements(spec.getTypes().acc, operands.output.bytes(),
                      operands.output.size());
}

llvm::Expected<CompiledKernel::Operands>
CompiledKernel::allocate(const ReferenceData &data,
                         Buffer::Placement placement) const {
  Operands operands;
  FactorTypes types = spec.getTypes();
  for (auto [buffer, source, kind] :
       {std::tuple(&operands.input, &data.input, types.a),
        std::tuple(&operands.filter, &data.filter, types.b),
        std::tuple(&operands.bias, &data.bias, types.acc),
        std::tuple(&operands.residual, &data.residual, types.acc)}) {
    auto copy = copyOf(*source, kind, placement);
    if (!copy)
      return copy.takeError();
    *buffer = std::move(*copy);
  }
  auto packed = allocatePacked(placement);
  if (!packed)
    return packed.takeError();
  operands.packed = std::move(*packed);
  auto output = Buffer::create(spec.getOutput().numElements(), placement,
                               getBytes(types.acc));
  if (!output)
    return output.takeError();
  operands.output = std::move(*output);
  operands.output.poison();
  return operands;
}

llvm::Expected<Buffer>
CompiledKernel::allocatePacked(Buffer::Placement placement) const {
  auto buffer = isPrepacked()
                    ? Buffer::create(log.packed.front().numElements(),
                                     placement, log.packed.front().elementBytes)
                    : Buffer::create(0, placement);
  if (buffer)
    buffer->poison();
  return buffer;
}

void CompiledKernel::Call::finish() {
  for (auto &descriptor : descriptors)
    arguments.push_back(descriptor->get());
  for (void *&argument : arguments)
    packedArguments.push_back(&argument);
}

CompiledKernel::Call CompiledKernel::getCall(Operands &operands) const {
  Call call;
  call.function = function;
  call.add(operands.input, spec.getInput().shape);
  if (isPrepacked())
    call.add(operands.packed, log.packed.front().shape);
  else
    call.add(operands.filter, spec.getFilter().shape);
  if (spec.problem.hasBias)
    call.add(operands.bias, spec.getBias().shape);
  if (spec.problem.hasResidual)
    call.add(operands.residual, spec.getOutput().shape);
  call.add(operands.output, spec.getOutput().shape);
  call.finish();
  return call;
}

CompiledKernel::Call CompiledKernel::getPackCall(Operands &operands) const {
  Call call;
  call.function = packFunction;
  call.add(operands.filter, spec.getFilter().shape);
  call.add(operands.packed, log.packed.front().shape);
  call.finish();
  return call;
}

std::optional<WinogradTile> CompiledKernel::getTile() const {
  std::optional<NamedAlgorithm> named = NamedAlgorithm::parse(log.algorithm);
  return named ? named->tile : std::nullopt;
}
