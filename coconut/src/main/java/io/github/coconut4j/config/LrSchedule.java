package io.github.coconut4j.config;

/** Shape of the learning rate after the warm-up. */
public enum LrSchedule {
  /** The learning rate stays at {@code lr}. */
  CONSTANT,
  /** Half a cosine from {@code lr} to 0, which it would reach one update after the last. */
  COSINE,
  /** A line from {@code lr} to 0, which it would reach one update after the last. */
  LINEAR
}
