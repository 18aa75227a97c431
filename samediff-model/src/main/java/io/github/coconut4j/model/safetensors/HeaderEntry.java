package io.github.coconut4j.model.safetensors;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;

/** A tensor's entry in the header's JSON, unchecked. */
@JsonPropertyOrder({"dtype", "shape", "data_offsets"})
record HeaderEntry(
    @JsonProperty(value = "dtype", required = true) String dtype,
    @JsonProperty(value = "shape", required = true) long[] shape,
    @JsonProperty(value = "data_offsets", required = true) long[] dataOffsets) {}
