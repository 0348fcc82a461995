//===- ModelConstants.h - Numbers of the model's formulas -------*- C++ -*-===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the analytical model's formulas have beside the machine: shares, counts
/// and ratios, each with the experiment that gave it. A number with cycles or
/// bytes per cycle in its unit is a rate of the machine and stands in
/// MachineRates.def; what can be counted in the code that is emitted is counted
/// there. Those of the last part are what a new CPU may ask about: nothing but
/// the CPU they were measured on says that they are the same elsewhere.
///
/// Where nothing else is said, the experiments ran on one core of a Zen 5
/// server, AVX-512 code; docs/model.md has their figures, and names in quotes
/// are experiments of tools/model-terms.py. "Chosen" means that the number was
/// tried on conv-bench's sets, for the best choice of schedules, and has no
/// experiment of its own.
///
//===----------------------------------------------------------------------===//

#ifndef CONV_SCHEDULE_MODELCONSTANTS_H
#define CONV_SCHEDULE_MODELCONSTANTS_H

#include <cstdint>

namespace mlir::conv {

//===----------------------------------------------------------------------===//
// Hardware all targets have alike
//===----------------------------------------------------------------------===//

/// Elements are f32 where nothing else is said.
constexpr int64_t kLineBytes = 64, kElementBytes = 4;

/// Lines of the next page are not fetched ahead by the hardware.
constexpr int64_t kPageBytes = 4096;

//===----------------------------------------------------------------------===//
// Shares of caches
//===----------------------------------------------------------------------===//

/// Share of L1 that a block of the filter stays in from one tile to the next
/// ("filter from L2 to L1", 14x2 against 6x4).
constexpr double kL1Share = 0.75;

/// Ways of an L1 set left to the filter and the output ("planes of pages";
/// chosen).
constexpr int64_t kReservedWays = 3;

/// Shares of a cache that operands stay in, beside everything else there: all
/// of them in L2; a band of rows in L2, which the rows above it still occupy;
/// all of them in L3, which other cores share. Chosen.
constexpr double kStayingShare = 0.9, kBandShare = 0.8, kL3Share = 0.5;

/// Share of L2 or L3 that buffers stay in which are written and then read as a
/// whole: kn2row's products and the images that gathers write. Chosen.
constexpr double kBufferShare = 0.8;

/// Share of L2 for a band of a workspace and a tile of the filter; the tile's
/// input and output need the rest. Chosen.
constexpr double kWorkspaceShare = 0.7;

/// How many times L2 a block of several images may be. Chosen.
constexpr double kMostBlockShare = 2;

/// How many times L2 an image and its output may be that are walked once for
/// each line of channels: 144 channels at 112x112, 14 times L2 of a Zen 4
/// server, lose a tenth. Chosen.
constexpr double kMostSlicedImage = 4;

/// Sets of lines in a page, and how many of them the planes of a block use at
/// least, so that what is written to all planes at a time stays in the first
/// cache. No way of it is smaller than a page, so that what spreads over these
/// sets spreads over those of any. Chosen.
constexpr int64_t kPlaneSets = kPageBytes / kLineBytes, kPlaneSetsEnough = 16;

//===----------------------------------------------------------------------===//
// What the code is like that is emitted, and what runs it
//===----------------------------------------------------------------------===//

/// Shuffles that a scalar costs which is extended: of bf16, read with its
/// neighbour, one shift, which more units do than shuffles, as they do the
/// exclusive or that adds 128 to bytes; of others a
/// broadcast of less than 32 bits and a conversion, which are two (64@56, 3x3,
/// AVX2: bf16 in tiles of 6x2 is as fast as f32; f16 reaches 0.70 of it in 6x2
/// and 0.80 in 4x3).
constexpr double kShiftShuffles = 0.5, kConversionShuffles = 2;

/// Registers that broadcasts occupy where there is one FMA for each: LLVM keeps
/// as many at hand (AVX2, 5x5 to 8 channels: 76 > 96 % of peak).
constexpr int64_t kBroadcastsAtHand = 5;

/// Columns of a tile whose distance is not known: each has a pointer, and few
/// registers hold pointers. Chosen.
constexpr int64_t kColumnPointers = 8;

/// Reduction steps per loop body where nothing asks for more. Chosen.
constexpr int64_t kUnroll = 4;

/// What a barrier costs of starting and joining threads: 0.67 of 1.90 us in
/// libomp 22, two threads on two cores of a Zen 4 virtual machine.
constexpr double kBarrierShare = 0.35;

//===----------------------------------------------------------------------===//
// Bounds on what is looked at
//===----------------------------------------------------------------------===//

/// Columns from which on one row is long enough: a whole tile of two vectors in
/// 32 registers.
constexpr int64_t kLongColumns = 14;

/// Vectors of channels a tile has at most where columns are not few: more loads
/// of the filter serve few pixels ("load ports", 3x4; "filter from L2 to L1",
/// 4x6).
constexpr int64_t kMaxChannelVectors = 4;

/// Vectors along columns: vectors of a row, and rows, at most. With more than
/// four vectors the lines of one step come from L2 faster than it delivers
/// them: 7 x 3 reached 64-86 % where 2 x 8 to 2 x 13 reached 94-98 %.
constexpr int64_t kMaxVectors = 4, kMaxRows = 8;

/// Vectors of a row where only the program knows the columns. Chosen.
constexpr int64_t kMaxUnknownVectors = 2;

/// Depthwise: rows share more than vectors of one row do.
constexpr int64_t kMaxDepthwiseVectors = 2;

/// Most tiles of input, and of output, to fetch ahead. Chosen.
constexpr int64_t kMostInputAhead = 4, kMostOutputAhead = 8;

/// Threads above which rows and channels are divided together. Chosen.
constexpr int64_t kManyThreads = 8;

/// Output columns from which on a row is a product of its own in MEC ("about
/// 100", Cho and Brand 2017, section 3.3).
constexpr int64_t kLongRow = 100;

//===----------------------------------------------------------------------===//
// Margins of decisions
//===----------------------------------------------------------------------===//

/// How many times threads have to save what it costs to start and join them, as
/// other work may have the cores. Chosen; "Threads and small layers".
constexpr double kForkAdvantage = 4;

/// Imbalance, as a share of the threads, above which one thread does it all.
/// Chosen.
constexpr double kMostImbalance = 0.75;

/// What a workspace has to save of the predicted cycles, which is what the
/// prediction may be wrong by ("Predicted and measured"): a band's, and a whole
/// image's.
constexpr double kBandMargin = 1.05, kWholeMargin = 1.10;
/// What an algorithm that rounds more than the plain sum has to save besides:
/// no bound on the error is there to be used up for nothing. Chosen.
constexpr double kRoundingMargin = 1.15;

//===----------------------------------------------------------------------===//
// Ratios that one CPU had, and that rates are multiplied by
//===----------------------------------------------------------------------===//

/// A line of a filter that is read again from memory waits one of so many parts
/// of what a line of the input does: it is read in order, of which prefetchers
/// hide the rest ("a block of the filter leaves L2": 1.2 of 6 cycles).
constexpr double kFilterAgainParts = 5;

/// A step of one cycle waits this part of a conflict for a line that lines of
/// other channels have pushed out of the only L1 set they all map to; longer
/// ones hide more ("planes of pages").
constexpr double kPlaneExposure = 16.0 / 30;

/// Stalls of the input, from L3 or from memory, that a line costs which nothing
/// fetches ahead: of an image that was gathered, where a reduction goes through
/// runs (3 and 14 cycles, im2row), and of a plain filter whose rows are pages
/// apart.
constexpr double kRunStalls = 2.4;

/// The same where a reduction goes through planes of a gathered image, whose
/// lines come from other pages (10 and 30 cycles, im2col).
constexpr double kPlanesL3 = 8, kPlanesMemory = 5;

/// A copy from memory, relative to half of what long runs move: its stores
/// overlap with its loads (3 bytes per cycle where runs move 4).
constexpr double kCopyOverlap = 1.5;

/// Of a filter that is read in one pass after the other, L3 keeps all up to
/// kL3Share of its size, and `kFilterKeptShare` of one of `kFilterLeavesShare`,
/// as it does not replace what was read the longest ago first. A Zen 4 server,
/// L3 32 MB, few tiles: filters of up to 12.8 MB came at 13 bytes per cycle,
/// 16.8 and 18.9 MB at 5.5 to 8 or as fast as they were used, 25 to 38 MB
/// at 5.3 to 6.4 where memory alone has 4, 56 to 151 MB at 3.2 to 4.
constexpr double kFilterLeavesShare = 0.75, kFilterKeptShare = 0.4;

/// Power of the share of its latency that a step keeps the FMA units busy with
/// which the slack grows (one core of an AVX2 virtual machine: 1 to 4
/// accumulators take 4.0 cycles where L_fma = 4 and N_fma = 2, 6 take 4.2 to
/// 4.5, 8 take 5.3).
constexpr double kSlackExponent = 4;

/// Accumulators whose clearing and storing the next tile hides ("start of a
/// tile", 7x2 and 14x2).
constexpr int64_t kHiddenAccumulators = 12;

/// Windows of several taps may have one in so many ways more pixels than fit
/// the L1 sets: with 12 ways, tiles of 14 pixels are 2 to 9 % faster than
/// narrower ones with 3x3 windows, and 4 % slower with 1x1.
constexpr int64_t kWaysPerSpareWay = 6;

/// Shuffles of a transposition that a shuffle between a load and an FMA counts
/// for: with one for each FMA, groups of 4 and a 1x1 window, 49 % of the peak
/// are reached, with one for two all of it.
constexpr double kLaneShuffles = 2;

/// Which of two tiles with equal FMAs is faster, in cycles too small to measure
/// alone: per load of a step, and per vector of the input, whose line is read
/// for the first time. 3 x 8 and 2 x 13 beat 4 x 4.
constexpr double kLoadTie = 0.0125, kVectorTie = 0.025;

/// Part of a crossing that is left where a window of all channels is in L1 for
/// the next tap (few channels: 0.2 of 0.5 cycles).
constexpr double kNearCrossing = 0.4;

/// Depthwise: taps up to which a window waits for memory. With 9 (MobileNet)
/// few pixels and many vectors win, with 49 columns do (7x7 at 56 x 56 x 96).
constexpr int64_t kMemoryBoundTaps = 16;

/// Lines to have under way where output is fetched for writing (1 to 64
/// channels, 3x3 at 572 x 572: 34 > 65 % of peak).
constexpr int64_t kLinesAhead = 64;

/// Reductions this many times as long as the store of a line leave the stores
/// time to fetch their lines themselves. Chosen.
constexpr double kStoreAdvantage = 2;

/// Reductions this many times as long as the store of a line do so for planes,
/// where what a tile stores are as many places as it has
/// channels (1x1 in NCHW: 64 > 64 channels at 224x224 19 % faster, 256 > 64 at
/// 112x112 not at all).
constexpr double kPlaneStoreAdvantage = 32;

/// Share of the loads of a step up to which others cost nothing: prefetches of
/// NCHW input pay with AVX-512 tiles and not with AVX2's.
constexpr double kFreeLoads = 0.75;

/// Vectors of the filter fetched ahead, of which a step reads as many on any
/// machine. Further ahead, what is fetched pushes the panel that is being read
/// out of the first cache: of direct's speed, 256 channels at 14x14 have 2.7
/// with 128 vectors and 2.5 with a panel of 512, 512 channels there 2.8 and 2.6
/// (one core of an AVX2 virtual machine). On a Zen 5 server, AVX-512, a panel
/// and 128 vectors were alike.
constexpr int64_t kFilterVectorsAhead = 128;

} // namespace mlir::conv

#endif // CONV_SCHEDULE_MODELCONSTANTS_H
