package io.github.coconut4j.benchmarks;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * What one batch cost; medians in milliseconds.
 *
 * @param value of what varies
 * @param forward only the loss, without keeping anything for a backward pass
 * @param gradients forward and backward
 * @param update AdamW
 * @param step gradients and update
 */
record CurvePoint(
    String shape,
    int threads,
    Curve curve,
    int value,
    int rows,
    int columns,
    @JsonProperty("forward_ms") double forward,
    @JsonProperty("gradients_ms") double gradients,
    @JsonProperty("update_ms") double update,
    @JsonProperty("step_ms") double step) {}
