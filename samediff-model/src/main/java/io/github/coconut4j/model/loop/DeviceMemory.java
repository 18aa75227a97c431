package io.github.coconut4j.model.loop;

/**
 * A piece of a device's memory that only grows, so that later training steps allocate nothing.
 * Freed by {@link #close()}, not by the garbage collector.
 */
public interface DeviceMemory extends AutoCloseable {

  /**
   * Makes room for {@code floats} values. The contents are undefined afterwards if it grew.
   *
   * @return its address
   * @throws OutOfMemoryError if there is not enough memory; it is then empty, and earlier addresses
   *     are invalid
   */
  long require(long floats);

  @Override
  void close();
}
