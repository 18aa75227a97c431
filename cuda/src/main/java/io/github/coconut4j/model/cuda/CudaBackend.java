package io.github.coconut4j.model.cuda;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.backend.Backend;
import io.github.coconut4j.model.backend.Backends;
import io.github.coconut4j.model.backend.DeviceArrays;
import io.github.coconut4j.model.backend.DeviceBackend;
import io.github.coconut4j.model.backend.DeviceChoice;
import io.github.coconut4j.model.backend.Nd4jBackend;
import io.github.coconut4j.model.backend.OptimizerStep;
import io.github.coconut4j.model.backend.StepSize;
import io.github.coconut4j.model.backend.TokenTable;
import io.github.coconut4j.model.loop.Device;
import java.util.Optional;
import java.util.OptionalLong;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The backend for NVIDIA GPUs, with kernels of this module and cuBLASLt. ND4J's own operations run
 * on the CPU.
 */
public final class CudaBackend extends DeviceBackend {

  /** Above the ranks of the backends for CPUs. */
  private static final int RANK = 200;

  /** For {@link java.util.ServiceLoader}. */
  public CudaBackend() {}

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public int rank() {
    return RANK;
  }

  @Override
  public DeviceChoice deviceKind() {
    return DeviceChoice.CUDA;
  }

  @Override
  public String deviceDescription() {
    return CudaLibraries.find().description();
  }

  @Override
  public Optional<String> unavailableReason() {
    OpExecutioner.ExecutionerType nd4j = Nd4j.getExecutioner().type();
    if (nd4j != OpExecutioner.ExecutionerType.NATIVE_CPU) {
      return Optional.of(
          "it runs beside ND4J's backend for processors, and ND4J's backend is "
              + nd4j
              + ", which needs another version of the same bindings: unset COCONUT4J_BACKEND");
    }
    return Optional.ofNullable(CudaLibraries.find().problem());
  }

  @Override
  public Optional<String> unsupportedReason(Precision precision) {
    if (precision == Precision.FLOAT32) {
      return Optional.empty();
    }
    CudaLibraries.Found found = CudaLibraries.find();
    return found.problem() == null ? bfloat16Problem(found.capability()) : Optional.empty();
  }

  /** Why a GPU of a compute capability cannot multiply in bfloat16; empty if it can. */
  static Optional<String> bfloat16Problem(int capability) {
    return capability >= CudaRuntime.BFLOAT16_CAPABILITY
        ? Optional.empty()
        : Optional.of(
            "Precision bf16 needs a GPU of compute capability 8.0 (Ampere) or newer, but this one's"
                + " is "
                + CudaLibraries.version(capability)
                + ". Choose float32.");
  }

  /** GPUs without products in bfloat16 widen such weights part by part. */
  @Override
  public boolean readsBfloat16() {
    return true;
  }

  @Override
  public Device device(TransformerConfig config, Precision precision) {
    if (config.headSize() > AttentionKernels.MOST_HEAD_SIZE) {
      throw new IllegalArgumentException(
          "Heads must have at most "
              + AttentionKernels.MOST_HEAD_SIZE
              + " values on a GPU, but this model's have "
              + config.headSize()
              + ". Choose the device cpu.");
    }
    return new CudaDevice(CudaRuntime.get(), precision);
  }

  @Override
  public DeviceArrays deviceArrays() {
    return CudaRuntime.get().mirrors();
  }

  @Override
  public OptionalLong trainingMemory(StepSize step) {
    return OptionalLong.of(new StepMemory(step, CudaRuntime.get().hasBfloat16()).bytes());
  }

  @Override
  public OptionalLong freeMemory() {
    CudaRuntime runtime = CudaRuntime.get();
    runtime.mirrors().trim();
    return OptionalLong.of(runtime.gpu().driver().freeBytes());
  }

  private static Backend nd4j() {
    return Backends.named(Nd4jBackend.NAME);
  }

  @Override
  public TokenTable tokenTable(DataType type, long vocabulary, long width) {
    return tokenTable(type, vocabulary, width, Precision.FLOAT32);
  }

  @Override
  public TokenTable tokenTable(DataType type, long vocabulary, long width, Precision precision) {
    return type == DataType.FLOAT || type == DataType.BFLOAT16
        ? new CudaTokenTable(
            CudaRuntime.get(), Math.toIntExact(vocabulary), Math.toIntExact(width), precision)
        : nd4j().tokenTable(type, vocabulary, width);
  }

  @Override
  public OptimizerStep optimizerStep() {
    return new CudaOptimizerStep(CudaRuntime.get());
  }
}
