package io.github.coconut4j.model.safetensors;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/**
 * A tensor's entry in the header: its type, shape and range of bytes. An entry that was read is
 * checked by {@link TensorLayout#add} before it is used.
 *
 * @param dtype name of the elements' type
 * @param shape sizes of the dimensions, none for a scalar
 * @param dataOffsets first byte, counted from the end of the header, and byte after the last
 */
@JsonPropertyOrder({"dtype", "shape", "data_offsets"})
record TensorEntry(
    @JsonProperty(value = "dtype", required = true) String dtype,
    @JsonProperty(value = "shape", required = true) long[] shape,
    @JsonProperty(value = "data_offsets", required = true) long[] dataOffsets) {

  /** Type of the elements. */
  StoredType type() {
    return StoredType.valueOf(dtype);
  }

  /** First byte, counted from the end of the header. */
  long begin() {
    return dataOffsets[0];
  }

  /** Byte after the last. */
  long end() {
    return dataOffsets[1];
  }

  /** Bytes of the tensor. */
  long bytes() {
    return end() - begin();
  }
}
