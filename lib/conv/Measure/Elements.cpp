//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/Elements.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ErrorHandling.h"

#include <cstdint>
#include <cstring>

using namespace mlir::conv;
using namespace mlir::conv::bench;

using llvm::APFloat;

/// Elements of 16 bits that the host may not compute with.
static const llvm::fltSemantics &getSemantics(ElementKind kind) {
  return kind == ElementKind::BF16 ? APFloat::BFloat() : APFloat::IEEEhalf();
}

static uint16_t toHalf(ElementKind kind, float value) {
  APFloat half(value);
  bool lossy;
  half.convert(getSemantics(kind), APFloat::rmNearestTiesToEven, &lossy);
  return static_cast<uint16_t>(half.bitcastToAPInt().getZExtValue());
}

static float fromHalf(ElementKind kind, uint16_t bits) {
  APFloat value(getSemantics(kind), llvm::APInt(16, bits));
  bool lossy;
  value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven, &lossy);
  return value.convertToFloat();
}

/// Calls `visit` with a value of the type in which elements of `kind` lie in
/// memory.
template <typename VisitT>
static void withStorage(ElementKind kind, VisitT visit) {
  switch (kind) {
  case ElementKind::F64:
    return visit(double());
  case ElementKind::F32:
    return visit(float());
  case ElementKind::F16:
  case ElementKind::BF16:
    return visit(uint16_t());
  case ElementKind::U8:
    return visit(uint8_t());
  case ElementKind::I8:
    return visit(int8_t());
  case ElementKind::I16:
    return visit(int16_t());
  case ElementKind::I32:
    return visit(int32_t());
  }
  llvm_unreachable("not a kind of element");
}

static bool isHalf(ElementKind kind) {
  return kind == ElementKind::F16 || kind == ElementKind::BF16;
}

void bench::storeElements(ElementKind kind, llvm::ArrayRef<float> values,
                          char *target) {
  withStorage(kind, [&](auto sample) {
    using Stored = decltype(sample);
    for (auto [i, value] : llvm::enumerate(values)) {
      Stored stored = isHalf(kind) ? static_cast<Stored>(toHalf(kind, value))
                                   : static_cast<Stored>(value);
      std::memcpy(target + i * sizeof(Stored), &stored, sizeof(Stored));
    }
  });
}

std::vector<float> bench::loadElements(ElementKind kind, const char *source,
                                       int64_t count) {
  std::vector<float> values(count);
  withStorage(kind, [&](auto sample) {
    using Stored = decltype(sample);
    for (auto [i, value] : llvm::enumerate(values)) {
      Stored stored;
      std::memcpy(&stored, source + i * sizeof(Stored), sizeof(Stored));
      value = isHalf(kind) ? fromHalf(kind, static_cast<uint16_t>(stored))
                           : static_cast<float>(stored);
    }
  });
  return values;
}

int64_t bench::getLargestInteger(ElementKind kind) {
  switch (kind) {
  case ElementKind::F64:
    return int64_t(1) << 53;
  case ElementKind::F32:
    return int64_t(1) << 24;
  case ElementKind::F16:
    return int64_t(1) << 11;
  case ElementKind::BF16:
    return int64_t(1) << 8;
  case ElementKind::U8:
    return UINT8_MAX;
  case ElementKind::I8:
    return INT8_MAX;
  case ElementKind::I16:
    return INT16_MAX;
  case ElementKind::I32:
    return INT32_MAX;
  }
  llvm_unreachable("not a kind of element");
}
