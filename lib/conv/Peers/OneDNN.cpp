//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// oneDNN, 2.x or 3.x, as a peer of conv-bench.
///
//===----------------------------------------------------------------------===//

#include "conv/Peers/PeerPlugin.h"

#include "oneapi/dnnl/dnnl.hpp"
#include "oneapi/dnnl/dnnl_debug.h"

#include <cstring>
#include <new>

using namespace mlir::conv::bench;
using dnnl::memory;

using Descriptor = dnnl::convolution_forward::primitive_desc;

/// Memory of `desc` from the measuring process.
static memory allocate(const memory::desc &desc, const dnnl::engine &engine,
                       PeerMemory &pool) {
  float *data = pool.allocate(desc.get_size() / sizeof(float) + 1);
  if (!data)
    throw std::bad_alloc();
  return memory(desc, engine, data);
}

namespace {
/// A primitive with its arguments, called without building a map each time.
class Step {
public:
  Step(dnnl::primitive primitive,
       std::vector<std::pair<int, memory>> parameters)
      : primitive(std::move(primitive)), memories(std::move(parameters)) {
    for (auto &[index, object] : memories)
      arguments.push_back({index, object.get()});
  }
  dnnl_status_t run(const dnnl::stream &stream) const {
    return dnnl_primitive_execute(primitive.get(), stream.get(),
                                  static_cast<int>(arguments.size()),
                                  arguments.data());
  }

private:
  dnnl::primitive primitive;
  std::vector<std::pair<int, memory>> memories;
  std::vector<dnnl_exec_arg_t> arguments;
};
} // namespace

static Step makeReorder(memory from, memory to) {
  dnnl::reorder reorder(from, to);
  return Step(reorder, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}});
}

namespace {
class OneDNNConvolution : public PeerConvolution {
public:
  std::string getMode() const override { return mode; }
  std::string getImplementation() const override { return implementation; }
  void run() override {
    for (const Step &step : steps)
      step.run(stream);
  }
  void readOutput(float *output) override {
    memory plain(plainOutput, engine, output);
    makeReorder(result, plain).run(stream);
    stream.wait();
  }

  OneDNNConvolution(dnnl::engine engine, std::string mode)
      : engine(engine), stream(engine), mode(std::move(mode)) {}
  dnnl::engine engine;
  dnnl::stream stream;
  std::string mode, implementation;
  /// In the order of the timed call.
  std::vector<Step> steps;
  memory result;
  memory::desc plainOutput;
};

class OneDNN : public PeerLibrary {
public:
  std::string getName() const override { return "oneDNN"; }
  std::string getVersion() const override {
    const dnnl::version_t *version = dnnl::version();
    return std::to_string(version->major) + "." +
           std::to_string(version->minor) + "." +
           std::to_string(version->patch);
  }
  std::string getCore() const override { return ""; }
  std::vector<std::unique_ptr<PeerConvolution>>
  create(const PeerProblem &problem, const float *input, const float *filter,
         PeerMemory &pool, std::string &refused) override;
  bool multiply(int64_t, const float *, const float *, float *,
                int64_t) override {
    return false;
  }

private:
  /// Extents of the problem as oneDNN takes them.
  struct Shapes {
    explicit Shapes(const PeerProblem &p)
        : input{p.n, p.g * p.c, p.h, p.w}, output{p.n, p.g * p.k, p.ho, p.wo},
          filter(p.g > 1 ? memory::dims{p.g, p.k, p.c, p.r, p.s}
                         : memory::dims{p.k, p.c, p.r, p.s}),
          plain(p.channelsLast ? memory::format_tag::nhwc
                               : memory::format_tag::nchw),
          plainFilter(p.g > 1 ? memory::format_tag::goihw
                              : memory::format_tag::oihw) {}
    memory::dims input, output, filter;
    memory::format_tag plain, plainFilter;
  };

  Descriptor describe(const PeerProblem &p, memory::format_tag activations);
  std::unique_ptr<PeerConvolution> build(const PeerProblem &p,
                                         const Descriptor &descriptor,
                                         std::string mode, bool reorder,
                                         const float *input,
                                         const float *filter, PeerMemory &pool);

  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
};
} // namespace

Descriptor OneDNN::describe(const PeerProblem &p,
                            memory::format_tag activations) {
  Shapes shapes(p);
  constexpr auto f32 = memory::data_type::f32;
  memory::desc input(shapes.input, f32, activations),
      filter(shapes.filter, f32, memory::format_tag::any),
      output(shapes.output, f32, activations);
  // Its dilations count the zeros between taps.
  memory::dims strides{p.strideH, p.strideW},
      dilations{p.dilationH - 1, p.dilationW - 1}, low{p.lowH, p.lowW},
      high{p.highH, p.highW};
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  constexpr auto kind = dnnl::prop_kind::forward_inference;
  // Winograd would be another computation, and not an exact one.
  constexpr auto algorithm = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return Descriptor(engine, kind, algorithm, input, filter, output, strides,
                    dilations, low, high, attributes);
#else
  return Descriptor(dnnl::convolution_forward::desc(kind, algorithm, input,
                                                    filter, output, strides,
                                                    dilations, low, high),
                    attributes, engine);
#endif
}

std::unique_ptr<PeerConvolution>
OneDNN::build(const PeerProblem &p, const Descriptor &descriptor,
              std::string mode, bool reorder, const float *input,
              const float *filter, PeerMemory &pool) {
  Shapes shapes(p);
  constexpr auto f32 = memory::data_type::f32;
  memory::desc plainInput(shapes.input, f32, shapes.plain),
      plainOutput(shapes.output, f32, shapes.plain);
  auto result = std::make_unique<OneDNNConvolution>(engine, std::move(mode));
  result->implementation = descriptor.impl_info_str();
  result->plainOutput = plainOutput;

  memory userInput = allocate(plainInput, engine, pool);
  std::memcpy(userInput.get_data_handle(), input,
              p.getInputSize() * sizeof(float));
  memory userFilter(memory::desc(shapes.filter, f32, shapes.plainFilter),
                    engine, const_cast<float *>(filter));
  memory weights = allocate(descriptor.weights_desc(), engine, pool);
  makeReorder(userFilter, weights).run(result->stream);

  memory source = userInput;
  if (descriptor.src_desc() != plainInput) {
    source = allocate(descriptor.src_desc(), engine, pool);
    Step step = makeReorder(userInput, source);
    step.run(result->stream);
    if (reorder)
      result->steps.push_back(std::move(step));
  }
  memory destination = allocate(descriptor.dst_desc(), engine, pool);
  memory scratchpad = allocate(descriptor.scratchpad_desc(), engine, pool);
  result->steps.emplace_back(
      dnnl::convolution_forward(descriptor),
      std::vector<std::pair<int, memory>>{{DNNL_ARG_SRC, source},
                                          {DNNL_ARG_WEIGHTS, weights},
                                          {DNNL_ARG_DST, destination},
                                          {DNNL_ARG_SCRATCHPAD, scratchpad}});
  result->result = destination;
  if (reorder && descriptor.dst_desc() != plainOutput) {
    result->result = allocate(plainOutput, engine, pool);
    result->steps.push_back(makeReorder(destination, result->result));
  }
  // The timed call does not look at the status: a failure shows here.
  for (const Step &step : result->steps)
    if (dnnl_status_t status = step.run(result->stream))
      throw dnnl::error(status, dnnl_status2str(status));
  return result;
}

std::vector<std::unique_ptr<PeerConvolution>>
OneDNN::create(const PeerProblem &p, const float *input, const float *filter,
               PeerMemory &pool, std::string &refused) {
  std::vector<std::unique_ptr<PeerConvolution>> ways;
  Shapes shapes(p);
  const char *plainName = p.channelsLast ? "nhwc" : "nchw";
  // Channels last is the format it prefers itself, so whoever keeps that layout
  // may keep another one as well: no reorders are timed. Plain channels first
  // is given and wanted back: then they are part of the work.
  bool reorder = !p.channelsLast;
  const char *anyName = reorder ? "any with reorders" : "any";
  try {
    Descriptor plain = describe(p, shapes.plain);
    ways.push_back(build(p, plain, plainName, reorder, input, filter, pool));
  } catch (const std::exception &error) {
    refused = std::string(plainName) + ": " + error.what();
  }
  try {
    Descriptor any = describe(p, memory::format_tag::any);
    memory::desc plainInput(shapes.input, memory::data_type::f32, shapes.plain),
        plainOutput(shapes.output, memory::data_type::f32, shapes.plain);
    // The same thing again?
    bool same = any.src_desc() == plainInput && any.dst_desc() == plainOutput;
    if (ways.empty() || !same)
      ways.push_back(build(p, any, anyName, reorder, input, filter, pool));
  } catch (const std::exception &error) {
    refused += std::string(refused.empty() ? "" : "; ") + anyName + ": " +
               error.what();
  }
  return ways;
}

PeerLibrary *convBenchGetPeer() {
  try {
    static OneDNN library;
    return &library;
  } catch (const std::exception &) {
    return nullptr;
  }
}
