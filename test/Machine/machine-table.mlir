// N_fma, L_fma, N_vec and N_reg of 26 CPUs with where they come from, and CPUs
// that are refused for want of a model.
// RUN: %python %S/Inputs/check-machines.py %conv_bin/conv-opt %s

module {}
