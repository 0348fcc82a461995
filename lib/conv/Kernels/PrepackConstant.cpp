//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Packing of constant filters, byte by byte.
///
//===----------------------------------------------------------------------===//

#include "Prepack.h"

#include "conv/IR/ElementSize.h"
#include "conv/Kernels/Passes.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/MathExtras.h"

#include <cstring>
#include <vector>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::prepack;

/// Up to this size packed weights are written into the IR itself.
static constexpr size_t kInlineBytes = 256;

/// Constants of one value cost nothing, whatever their size. A packed form of
/// more bytes is made by the program, which may never run.
static constexpr size_t kMostBytesOfSplat = size_t(1) << 30;

namespace {
/// How elements of a filter become those of a packed one.
class ElementCopier {
public:
  ElementCopier(Type from, Type to)
      : width(from.getIntOrFloatBitWidth() / 8),
        target(to.getIntOrFloatBitWidth() / 8) {
    if (from == to || isa<IntegerType>(from))
      return;
    // Each bit pattern once: filters have millions of elements.
    assert(width == 2 && to.isF32() && "floating point is extended to f32");
    for (uint64_t bits = 0; bits <= UINT16_MAX; ++bits) {
      llvm::APFloat value(cast<FloatType>(from).getFloatSemantics(),
                          llvm::APInt(16, bits));
      bool lossy;
      value.convert(llvm::APFloat::IEEEsingle(),
                    llvm::APFloat::rmNearestTiesToEven, &lossy);
      extended.push_back(value.bitcastToAPInt().getZExtValue());
    }
  }

  /// Bytes of an element of the filter, and of a packed one.
  size_t getWidth() const { return width; }
  size_t getTargetWidth() const { return target; }

  void copy(const char *source, char *out) const {
    if (!extended.empty()) {
      uint16_t bits;
      std::memcpy(&bits, source, sizeof(bits));
      std::memcpy(out, &extended[bits], sizeof(uint32_t));
      return;
    }
    // The rest of an integer that became wider repeats its sign.
    std::memcpy(out, source, width);
    if (target > width)
      std::memset(out + width, source[width - 1] < 0 ? 0xff : 0,
                  target - width);
  }

private:
  size_t width, target;
  std::vector<uint32_t> extended;
};
} // namespace

/// Copies `source`, a filter of type `type` whose elements are `steps` apart
/// along its dimensions, into `target`, all zeros, in packed order.
static void packBytes(ArrayRef<char> source, ArrayRef<int64_t> steps,
                      ShapedType type, StringRef layout, bool mergesGroups,
                      int64_t cOb, int64_t cPack, const ElementCopier &copier,
                      MutableArrayRef<char> target) {
  // Extents and strides, in elements of the source, of g k r s c.
  enum { G, K, R, S, C };
  int64_t extents[5] = {1, 1, 1, 1, 1}, strides[5] = {0, 0, 0, 0, 0};
  for (auto [dim, step] : llvm::enumerate(steps)) {
    size_t letter = StringRef("gkrsc").find(layout[dim]);
    extents[letter] = type.getDimSize(dim);
    strides[letter] = step;
  }
  // k counts the channels of all groups, those of a group side by side.
  int64_t groupOutputs = extents[K];
  if (mergesGroups) {
    extents[K] *= extents[G];
    extents[G] = 1;
  }
  int64_t kBlocks = llvm::divideCeilSigned(extents[K], cOb);
  int64_t cBlocks = llvm::divideCeilSigned(extents[C], cPack);
  char *out = target.data();
  for (int64_t g = 0; g < extents[G]; ++g)
    for (int64_t kb = 0; kb < kBlocks; ++kb)
      for (int64_t r = 0; r < extents[R]; ++r)
        for (int64_t s = 0; s < extents[S]; ++s)
          for (int64_t cb = 0; cb < cBlocks; ++cb)
            for (int64_t ki = 0; ki < cOb; ++ki)
              for (int64_t ci = 0; ci < cPack;
                   ++ci, out += copier.getTargetWidth()) {
                int64_t k = kb * cOb + ki, c = cb * cPack + ci;
                if (k >= extents[K] || c >= extents[C])
                  continue;
                int64_t index = (g + k / groupOutputs) * strides[G] +
                                k % groupOutputs * strides[K] + r * strides[R] +
                                s * strides[S] + c * strides[C];
                copier.copy(source.data() + index * copier.getWidth(), out);
              }
}

/// How far apart neighbours along each dimension of a constant of `type` are,
/// in elements; all are one where it is a `splat`.
static SmallVector<int64_t> getSteps(ShapedType type, bool splat) {
  SmallVector<int64_t> steps(type.getRank(), 0);
  int64_t step = splat ? 0 : 1;
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
    steps[dim] = step;
    step *= type.getDimSize(dim);
  }
  return steps;
}

FailureOr<ElementsAttr>
mlir::conv::prepack::packConstant(PackFilterOp op, ElementsAttr whole,
                                  ArrayRef<int64_t> offsets) {
  ShapedType type = op.getFilterType();
  auto wholeType = cast<ShapedType>(whole.getType());
  ShapedType packed = op.getPackedType();
  auto packedType =
      RankedTensorType::get(packed.getShape(), packed.getElementType());
  Type element = type.getElementType();
  if (!element.isIntOrFloat() || element.getIntOrFloatBitWidth() % 8 != 0)
    return ElementsAttr();
  // Constants are stored without gaps. A resource is copied into the object as
  // it is, so that its elements must be as far apart as those of a buffer.
  size_t width = element.getIntOrFloatBitWidth() / 8;
  if (getElementBytes(element, op) != static_cast<int64_t>(width))
    return ElementsAttr();

  ArrayRef<char> source;
  bool splat = false;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(whole)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return op.emitOpError("weights were elided: the resource '")
             << resource.getRawHandle().getKey()
             << "' has no data; export the model with its weights, or make "
                "them function arguments";
    source = blob->getData();
    if (source.size() !=
        static_cast<size_t>(wholeType.getNumElements()) * width)
      return op.emitOpError("the resource '")
             << resource.getRawHandle().getKey() << "' has " << source.size()
             << " bytes, the filter of type " << wholeType << " needs "
             << wholeType.getNumElements() * width;
  } else if (auto dense = dyn_cast<DenseIntOrFPElementsAttr>(whole)) {
    source = dense.getRawData();
    splat = dense.isSplat();
  } else {
    return ElementsAttr();
  }

  // A splat stays one where no zeros are filled in.
  ElementCopier copier(element, packed.getElementType());
  if (splat && !op.getWinograd() &&
      packed.getNumElements() == type.getNumElements()) {
    SmallVector<char, 8> value(copier.getTargetWidth());
    copier.copy(source.data(), value.data());
    return cast<ElementsAttr>(
        DenseElementsAttr::getFromRawBuffer(packedType, value));
  }
  size_t bytes = packed.getNumElements() * copier.getTargetWidth();
  if (splat && bytes > kMostBytesOfSplat)
    return ElementsAttr();
  AsmResourceBlob blob =
      HeapAsmResourceBlob::allocate(bytes, kAlignment, /*dataIsMutable=*/true);
  MutableArrayRef<char> target = blob.getMutableData();
  std::memset(target.data(), 0, target.size());
  SmallVector<int64_t> steps = getSteps(wholeType, splat);
  int64_t first = 0;
  for (auto [offset, step] : llvm::zip_equal(offsets, steps))
    first += offset * step;
  // A constant without elements has none to begin at.
  if (!source.empty())
    source = source.drop_front(first * width);
  if (op.getWinograd() && !source.empty())
    transformConstant(op, source, steps, target);
  else if (!source.empty())
    packBytes(source, steps, type, op.getLayout(), op.getMergedGroup() != 0,
              packed.getDimSize(5), op.getCPack(), copier, target);
  if (bytes <= kInlineBytes)
    return cast<ElementsAttr>(
        DenseElementsAttr::getFromRawBuffer(packedType, blob.getData()));
  return cast<ElementsAttr>(DenseResourceElementsAttr::get(
      packedType, kPackedFilterKey, std::move(blob)));
}
