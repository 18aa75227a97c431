package io.github.coconut4j.model.plainjava;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.backend.Backend;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.DeviceBackend;
import io.github.coconut4j.model.backend.Nd4jBackend;
import io.github.coconut4j.model.backend.OptimizerStep;
import io.github.coconut4j.model.backend.TokenTable;
import io.github.coconut4j.model.loop.Device;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.nd4j.linalg.api.buffer.DataType;

/** A backend of Java arrays and loops, as one of another library would plug in: as a service. */
public final class PlainJavaBackend extends DeviceBackend {

  /** How often any attention computed, once a layer and pass of a worker. */
  public static final AtomicInteger ATTENTIONS = new AtomicInteger();

  /** How many devices were made. */
  public static final AtomicInteger DEVICES = new AtomicInteger();

  /** How often any attention stored a pass's keys and values, or stored them again. */
  public static final AtomicInteger STORED = new AtomicInteger();

  @Override
  public String name() {
    return "plain-java";
  }

  @Override
  public int rank() {
    return -1;
  }

  @Override
  public Optional<String> unavailableReason() {
    return Optional.empty();
  }

  @Override
  public Optional<String> unsupportedReason(Precision precision) {
    return precision == Precision.FLOAT32
        ? Optional.empty()
        : Optional.of("Plain Java computes in float32, but is asked for bf16.");
  }

  @Override
  public Device device(TransformerConfig config, Precision precision) {
    DEVICES.incrementAndGet();
    return new PlainJavaDevice();
  }

  private static Backend nd4j() {
    return Backends.named(Nd4jBackend.NAME);
  }

  @Override
  public TokenTable tokenTable(DataType type, long vocabulary, long width) {
    return nd4j().tokenTable(type, vocabulary, width);
  }

  @Override
  public OptimizerStep optimizerStep() {
    return nd4j().optimizerStep();
  }
}
