package io.github.coconut4j.model.loop;

/**
 * A piece of a device's memory that only ever grows, so that a steady training step allocates
 * nothing. Freed by {@link #close()}, not by the garbage collector.
 */
public interface DeviceMemory extends AutoCloseable {

  /**
   * Makes room for {@code floats} values. The contents are undefined afterwards if it grew.
   *
   * @return its address
   * @throws OutOfMemoryError if there is no room; it is empty then, and an address taken before no
   *     longer valid
   */
  long require(long floats);

  @Override
  void close();
}
