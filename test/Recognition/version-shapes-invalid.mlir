// RUN: not conv-opt %s --conv-version-shapes=sizes=32 2>&1 | FileCheck %s -DTEXT=32
// RUN: not conv-opt %s --conv-version-shapes=sizes=8x8,0x8 2>&1 | FileCheck %s -DTEXT=0x8
// RUN: not conv-opt %s --conv-version-shapes=sizes=8x99999999999 2>&1 | FileCheck %s -DTEXT=8x99999999999
// CHECK: error: sizes: '[[TEXT]]' is not of the form ROWSxCOLUMNS
module {
}
