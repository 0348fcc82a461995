//===- RaiseFormSteps.h - Rewritings of convolutions ------------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// The steps of `rewriteForm`, each in the file of its name. A step returns
/// false, and has changed nothing, where it does not apply.
///
//===----------------------------------------------------------------------===//

#ifndef LIB_CONV_RECOGNITION_RAISEFORMSTEPS_H
#define LIB_CONV_RECOGNITION_RAISEFORMSTEPS_H

#include "RaiseForms.h"

namespace mlir::conv::raise {

/// Computes a depthwise convolution between transpositions of its image and of
/// its result without them.
bool foldTranspositions(RewriterBase &rewriter, linalg::LinalgOp op);

/// Multiplies a batch of matrices by one that was repeated for each of them.
bool skipRepeats(RewriterBase &rewriter, linalg::LinalgOp op);

/// Sums products of bytes in 32 bits where only those of 64 are used.
bool narrowSums(RewriterBase &rewriter, linalg::LinalgOp op);

/// Writes sums of products of integers less their zero points as plain ones and
/// what they then lack.
bool removeZeroPoints(RewriterBase &rewriter, linalg::LinalgOp op);

/// Writes a convolution whose sums have 16 bits as one with sums of f32.
bool widenSums(RewriterBase &rewriter, linalg::LinalgOp op, bool products);

/// Computes ahead what the body of a convolution makes of an element before it
/// multiplies.
bool simplifyBody(RewriterBase &rewriter, linalg::LinalgOp op);

/// Reverses filters whose windows run backwards, cuts images that are read from
/// an offset on, and leaves out windows of one tap.
bool simplifyIndices(RewriterBase &rewriter, const LoopForm &form);

/// Joins two loops, of a kind of which there are too many, that are neighbours
/// in every operand.
bool joinNeighbours(RewriterBase &rewriter, const LoopForm &form);

/// Brings the channels of a filter into the order of the images.
bool orderFilter(RewriterBase &rewriter, const LoopForm &form);

/// Joins the channels of the filter of images in blocks of channels.
bool joinBlocks(RewriterBase &rewriter, const LoopForm &form);

/// A convolution of more than two image dimensions, as sums of such with one
/// less; one of too many batches as many of one less.
bool splitDepth(RewriterBase &rewriter, const LoopForm &form,
                AliasAnalysis &aliases);

/// A convolution of an image between whose elements zeros have been inserted,
/// as convolutions of the image itself, one for each phase of the stride.
bool splitPhases(RewriterBase &rewriter, const LoopForm &form,
                 AliasAnalysis &aliases);

/// A convolution of an image whose pixels have been repeated, or are as they
/// are read, as convolutions of the image itself, one for each phase; with
/// `keep` not where an algorithm of tiles saves more.
bool splitUpsampled(RewriterBase &rewriter, const LoopForm &form, bool keep,
                    AliasAnalysis &aliases);

/// A convolution of channels of which some have been upsampled, as one of these
/// by phases and one of the others.
bool splitConcatenated(RewriterBase &rewriter, const LoopForm &form, bool keep,
                       AliasAnalysis &aliases);

} // namespace mlir::conv::raise

#endif // LIB_CONV_RECOGNITION_RAISEFORMSTEPS_H
