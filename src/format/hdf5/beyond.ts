/**
 * A file uses a part of HDF5 that is not read here by hand, or breaks its rules: libhdf5 is asked instead, and
 * whatever it says is the answer.
 */
export class Beyond extends Error {}
