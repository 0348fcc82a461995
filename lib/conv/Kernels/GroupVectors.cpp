//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Vectors of output channels of several groups. A step multiplies all channels
/// of the groups for one tap, or for all taps of a row of the window, which
/// then share what they load:
///
///   for c in the channels of a group                unrolled
///     b[s][v] = vector.load B                       taps x c_ob / n_vec
///     vectors for each column of the input that a pixel p reads by a tap s
///       x[v] = shuffle(vector.load A) or broadcast(A)
///       acc[p][v] = fma(x[v], b[s][v], acc[p][v])   for all such p and s
///
/// GroupLanes.h says what is loaded, and which lane takes which element.
///
//===----------------------------------------------------------------------===//

#include "TileReduction.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::conv;

using Accumulators = TileReduction::Accumulators;

int64_t TileReduction::countGroupElements() const {
  int64_t groups = llvm::divideCeilSigned(at.channels, info.groupOutputs);
  return (groups - 1) * info.groupStep + info.extents[ContractOp::C];
}

SmallVector<Value> TileReduction::loadGroups(Address a,
                                             const GroupLanes &plan) {
  SmallVector<bool> isPaired(plan.loads.size(), false);
  for (const GroupLanes::Vector &vector : plan.vectors)
    for (unsigned i = 0; vector.numLoads == 2 && i < 2; ++i)
      isPaired[vector.firstLoad + i] = true;
  // As few elements as are read, or a whole vector, where they are there.
  SmallVector<Value> loads;
  for (auto [load, paired] : llvm::zip_equal(plan.loads, isPaired)) {
    Address from = addr.add(a, {Value(), load.first});
    int64_t width = paired
                        ? info.lanes
                        : llvm::PowerOf2Ceil(std::max<int64_t>(load.count, 2));
    if (load.first + width > countGroupElements()) {
      loads.push_back(loadVector(info.a, from, {0, load.count}));
      continue;
    }
    loads.push_back(vector::LoadOp::create(
        b, loc, VectorType::get({width}, info.aType.getElementType()),
        info.a.flat, addr.materialize(from)));
  }
  SmallVector<Value> inputs;
  int64_t lastScalar = -1;
  for (const GroupLanes::Vector &vector : plan.vectors) {
    if (vector.numLoads == 0) {
      if (vector.scalar != lastScalar) {
        Value scalar =
            memref::LoadOp::create(b, loc, info.a.flat,
                                   ValueRange(addr.materialize(
                                       addr.add(a, {Value(), vector.scalar}))));
        inputs.push_back(
            vector::BroadcastOp::create(b, loc, info.aType, scalar));
        lastScalar = vector.scalar;
      } else {
        inputs.push_back(inputs.back());
      }
      continue;
    }
    Value first = loads[vector.firstLoad];
    Value second = vector.numLoads == 2 ? loads[vector.firstLoad + 1] : first;
    inputs.push_back(
        vector::ShuffleOp::create(b, loc, first, second, vector.elements));
  }
  return inputs;
}

Accumulators TileReduction::stepGroups(Address a, Address f, Accumulators acc,
                                       const Active &active) {
  SmallVector<Active> taps = getStepTaps(active);
  Positions positions = getPositions(taps);
  int64_t lanes = info.lanes;
  int64_t vectors = llvm::divideCeilSigned(at.channels, lanes);
  prefetchInput(a, /*step=*/0, active);
  for (int64_t c = 0; c < info.extents[ContractOp::C]; ++c) {
    std::optional<GroupLanes> plan = planGroupLanes(
        {lanes, info.groupOutputs, info.groupStep}, at.channels, c);
    // Channels of a group are read from the same vectors: known for the same
    // they would be kept in registers, and accumulators spill.
    Address base =
        c == 0 ? a
               : addr.add(launder(addr.add(a, {Value(), c})), {Value(), -c});
    Address filter =
        addr.add(f, addr.mul({Value(), c}, info.bCoef[ContractOp::C]));
    SmallVector<Value> filters;
    for (size_t s = 0; s < taps.size(); ++s)
      for (int64_t v = 0; v < vectors; ++v)
        filters.push_back(loadFilter(
            addr.add(filter, addr.mul({Value(), static_cast<int64_t>(s)},
                                      info.bCoef[ContractOp::S])),
            v));
    prefetchFilter(filter, at.channels);
    for (const auto &[position, products] : positions) {
      SmallVector<Value> inputs =
          loadGroups(getProduct(base, products.front()), *plan);
      for (const Product &product : products)
        for (int64_t v = 0; v < vectors; ++v) {
          Value &sum = acc[product.pixel * vectors + v];
          sum = makeFma(sum, inputs[v], filters[product.tap * vectors + v]);
        }
    }
  }
  return acc;
}
