//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/Invocation.h"

#include "conv/IR/ElementSize.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallPtrSet.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;

static std::string print(Type type) {
  std::string text;
  llvm::raw_string_ostream os(text);
  type.print(os);
  return text;
}

static bool isSupported(Type type) {
  return type.isF32() || type.isF64() || type.isIndex() || type.isInteger(8) ||
         type.isInteger(16) || type.isInteger(32) || type.isInteger(64);
}

static size_t getByteWidth(Type type) { return *getElementBytes(type); }

template <typename T> static T loadAs(const char *at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

static double load(Type type, const char *at) {
  if (type.isF32())
    return loadAs<float>(at);
  if (type.isF64())
    return loadAs<double>(at);
  switch (getByteWidth(type)) {
  case 1:
    return loadAs<int8_t>(at);
  case 2:
    return loadAs<int16_t>(at);
  case 4:
    return loadAs<int32_t>(at);
  default:
    return loadAs<int64_t>(at);
  }
}

template <typename T> static void storeAs(char *at, double value) {
  T converted = static_cast<T>(value);
  std::memcpy(at, &converted, sizeof(T));
}

static void store(Type type, char *at, double value) {
  if (type.isF32())
    return storeAs<float>(at, value);
  if (type.isF64())
    return storeAs<double>(at, value);
  switch (getByteWidth(type)) {
  case 1:
    return storeAs<int8_t>(at, value);
  case 2:
    return storeAs<int16_t>(at, value);
  case 4:
    return storeAs<int32_t>(at, value);
  default:
    return storeAs<int64_t>(at, value);
  }
}

/// Multiples of 1/64 between -1 and 1 (small integers for integer types) that
/// do not repeat along rows.
static void fill(char *data, Type type, int64_t count, double scale,
                 uint64_t seed) {
  size_t width = getByteWidth(type);
  uint64_t state = seed * 0x9e3779b97f4a7c15 + 1;
  for (int64_t i = 0; i < count; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    int64_t k = static_cast<int64_t>((state >> 33) % 129) - 64;
    double value = isa<FloatType>(type) ? scale * k / 64.0 : double(k % 8);
    store(type, data + i * width, value);
  }
}

llvm::Error Invocation::addArgument(Type type, int64_t dynamicExtent,
                                    ArrayRef<int64_t> &extents) {
  auto unsupported = [&] {
    return llvm::createStringError("cannot make up an argument of type " +
                                   print(type));
  };
  size_t index = arguments.size();
  auto shapedType = dyn_cast<ShapedType>(type);
  if (!shapedType) {
    if (!isSupported(type))
      return unsupported();
    scalars.push_back(0);
    store(type, reinterpret_cast<char *>(&scalars.back()), 1);
    arguments.push_back(&scalars.back());
    argumentDescriptors.push_back(nullptr);
    return llvm::Error::success();
  }
  auto memref = dyn_cast<MemRefType>(type);
  if (!shapedType.hasRank() || isa<VectorType>(type) ||
      !isSupported(shapedType.getElementType()) ||
      (memref && !memref.getLayout().isIdentity()))
    return unsupported();
  Shaped argument;
  argument.elementType = shapedType.getElementType();
  argument.isOutput = static_cast<bool>(memref);
  int64_t count = 1, largest = 1;
  for (int64_t extent : shapedType.getShape()) {
    if (!ShapedType::isDynamic(extent)) {
      argument.shape.push_back(extent);
    } else if (extents.empty()) {
      argument.shape.push_back(dynamicExtent);
    } else {
      argument.shape.push_back(extents.front());
      extents = extents.drop_front();
    }
    if (llvm::MulOverflow(count, argument.shape.back(), count))
      return unsupported();
    largest = std::max(largest, argument.shape.back());
  }
  size_t width = getByteWidth(argument.elementType);
  auto buffer = Buffer::create(llvm::divideCeil(count * width, sizeof(float)),
                               Buffer::Placement::Aligned);
  if (!buffer)
    return buffer.takeError();
  argument.buffer = std::move(*buffer);
  // Which dimension is the filter's output channel is not known: the largest
  // extent is taken for it. A factor of 6 would keep the variance through
  // ReLUs, but some deep networks then amplify rounding errors a thousandfold.
  double scale = 1;
  if (index > 0 && argument.shape.size() >= 2)
    scale = std::sqrt(4.0 * largest / std::max<int64_t>(count, 1));
  else if (index > 0)
    scale = 0.25;
  fill(reinterpret_cast<char *>(argument.buffer.data()), argument.elementType,
       count, std::min(scale, 1.0), index + 1);
  shaped.push_back(std::move(argument));
  descriptors.emplace_back(shaped.back().buffer.data(), shaped.back().shape);
  scalars.push_back(reinterpret_cast<int64_t>(descriptors.back().get()));
  arguments.push_back(&scalars.back());
  argumentDescriptors.push_back(&descriptors.back());
  return llvm::Error::success();
}

llvm::Error Invocation::addResults(TypeRange types) {
  size_t words = 0;
  for (Type type : types) {
    Result result;
    result.offset = words;
    if (auto shapedType = dyn_cast<ShapedType>(type);
        shapedType && shapedType.hasRank() &&
        isSupported(shapedType.getElementType())) {
      result.elementType = shapedType.getElementType();
      result.rank = shapedType.getRank();
      words += 3 + 2 * result.rank;
    } else if (isSupported(type) && types.size() == 1) {
      result.elementType = type;
      scalarResult = true;
      ++words;
    } else {
      return llvm::createStringError("cannot take a result of type " +
                                     print(type));
    }
    results.push_back(result);
  }
  resultWords.resize(words);
  if (words == 0)
    return llvm::Error::success();
  if (scalarResult) {
    arguments.push_back(resultWords.data());
  } else {
    scalars.push_back(reinterpret_cast<int64_t>(resultWords.data()));
    arguments.insert(arguments.begin(), &scalars.back());
  }
  return llvm::Error::success();
}

llvm::Expected<Invocation> Invocation::create(FunctionType type,
                                              int64_t dynamicExtent,
                                              ArrayRef<int64_t> extents) {
  Invocation invocation;
  for (Type input : type.getInputs())
    if (auto error = invocation.addArgument(input, dynamicExtent, extents))
      return std::move(error);
  if (auto error = invocation.addResults(type.getResults()))
    return std::move(error);
  return invocation;
}

std::vector<Invocation::Input> Invocation::getInputs() const {
  std::vector<Input> inputs;
  for (const Shaped &argument : shaped) {
    if (argument.isOutput)
      continue;
    int64_t count = 1;
    for (int64_t extent : argument.shape)
      count *= extent;
    inputs.push_back(
        {argument.elementType, argument.shape,
         ArrayRef(reinterpret_cast<const char *>(argument.buffer.data()),
                  count * getByteWidth(argument.elementType))});
  }
  return inputs;
}

llvm::Error Invocation::pack(Engine::Function function,
                             ArrayRef<PackedArgument> packed) {
  std::deque<void *> pointers;
  std::vector<void *> packArguments;
  auto add = [&](void *pointer) {
    pointers.push_back(pointer);
    packArguments.push_back(&pointers.back());
  };
  size_t numWords = 0;
  for (const PackedArgument &argument : packed)
    if (argument.returned)
      numWords += 3 + 2 * argument.shape.size();
  std::vector<int64_t> words(numWords);
  if (numWords)
    add(words.data());
  for (const PackedArgument &argument : packed)
    add(argumentDescriptors[argument.index]->get());
  size_t lead = results.empty() || scalarResult ? 0 : 1;
  std::vector<Buffer *> buffers;
  for (const PackedArgument &argument : packed) {
    auto buffer =
        Buffer::create(argument.numElements(), Buffer::Placement::Aligned,
                       argument.elementBytes);
    if (!buffer)
      return buffer.takeError();
    packedBuffers.push_back(std::move(*buffer));
    buffers.push_back(&packedBuffers.back());
    descriptors.emplace_back(packedBuffers.back().data(), argument.shape);
    void *descriptor = descriptors.back().get();
    if (!argument.returned)
      add(descriptor);
    scalars.push_back(reinterpret_cast<int64_t>(descriptor));
    arguments[argument.index + lead] = &scalars.back();
  }
  function(packArguments.data());
  // Results move to buffers of the same kind as all others.
  size_t at = 0;
  for (auto [argument, buffer] : llvm::zip_equal(packed, buffers)) {
    if (!argument.returned)
      continue;
    auto *elements = reinterpret_cast<float *>(words[at + 1]) + words[at + 2];
    std::memcpy(buffer->data(), elements, buffer->size() * sizeof(float));
    allocation::release(reinterpret_cast<void *>(words[at]));
    at += 3 + 2 * argument.shape.size();
  }
  return llvm::Error::success();
}

void Invocation::call(Engine::Function function) {
  release();
  function(arguments.data());
  holdsResults = true;
}

void Invocation::release() {
  if (holdsResults && !scalarResult) {
    // A function that others compiled may return one buffer twice.
    llvm::SmallPtrSet<float *, 4> released;
    for (const Result &result : results) {
      auto *allocated = reinterpret_cast<float *>(resultWords[result.offset]);
      // A function may return its argument.
      if (llvm::none_of(shaped,
                        [&](const Shaped &argument) {
                          return argument.buffer.data() == allocated;
                        }) &&
          released.insert(allocated).second)
        allocation::release(allocated);
    }
  }
  holdsResults = false;
}

std::vector<double> Invocation::getValues() const {
  std::vector<double> values;
  auto append = [&](Type type, const char *data, ArrayRef<int64_t> shape) {
    int64_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(load(type, data + i * getByteWidth(type)));
  };
  for (const Result &result : results) {
    const int64_t *words = &resultWords[result.offset];
    if (scalarResult) {
      append(result.elementType, reinterpret_cast<const char *>(words), {});
      continue;
    }
    const char *data = reinterpret_cast<const char *>(words[1]) +
                       words[2] * getByteWidth(result.elementType);
    append(result.elementType, data, ArrayRef<int64_t>(words + 3, result.rank));
  }
  for (const Shaped &argument : shaped)
    if (argument.isOutput)
      append(argument.elementType,
             reinterpret_cast<const char *>(argument.buffer.data()),
             argument.shape);
  return values;
}
