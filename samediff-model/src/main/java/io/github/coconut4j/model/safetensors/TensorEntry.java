package io.github.coconut4j.model.safetensors;

/**
 * Type, shape and place of a tensor, checked.
 *
 * @param type type of the elements
 * @param shape sizes of the dimensions, none for a scalar
 * @param begin first byte, counted from the end of the header
 * @param end byte after the last
 */
record TensorEntry(StoredType type, long[] shape, long begin, long end) {

  /** Bytes of the tensor. */
  long bytes() {
    return end - begin;
  }
}
