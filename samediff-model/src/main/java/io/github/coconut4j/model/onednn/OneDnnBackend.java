package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_amx;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu_isa_avx512_core_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_get_effective_cpu_isa;

import io.github.coconut4j.model.Precision;
import io.github.coconut4j.model.TransformerConfig;
import io.github.coconut4j.model.backend.CpuThreads;
import io.github.coconut4j.model.backend.DeviceBackend;
import io.github.coconut4j.model.backend.OptimizerStep;
import io.github.coconut4j.model.backend.TokenTable;
import io.github.coconut4j.model.loop.Device;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner;
import org.nd4j.linalg.factory.Nd4j;

/** The backend for CPUs, with oneDNN. */
public final class OneDnnBackend extends DeviceBackend {

  private static final int RANK = 100;

  /** For {@link java.util.ServiceLoader}. */
  public OneDnnBackend() {}

  @Override
  public String name() {
    return "onednn";
  }

  @Override
  public int rank() {
    return RANK;
  }

  @Override
  public Optional<String> unavailableReason() {
    // Only on a CPU do these operations write to the memory that ND4J reads.
    OpExecutioner.ExecutionerType backend = Nd4j.getExecutioner().type();
    if (backend != OpExecutioner.ExecutionerType.NATIVE_CPU) {
      return Optional.of("it runs on processors, and ND4J's backend is " + backend);
    }
    try {
      OneDnnLibrary.load();
      return Optional.empty();
    } catch (LinkageError | RuntimeException e) {
      return Optional.of(
          "oneDNN's native libraries do not load on " + Loader.getPlatform() + ": " + e);
    }
  }

  @Override
  public Optional<String> unsupportedReason(Precision precision) {
    return precision == Precision.FLOAT32 || hasBfloat16()
        ? Optional.empty()
        : Optional.of(
            "Precision bf16 needs a processor that multiplies in bfloat16 (AVX-512 BF16 or AMX),"
                + " which this one does not. Choose float32.");
  }

  /** Whether the CPU multiplies in bfloat16; on others, rounding costs more time than it saves. */
  static boolean hasBfloat16() {
    int isa = instructionSet();
    return (isa & dnnl_cpu_isa_avx512_core_bf16) == dnnl_cpu_isa_avx512_core_bf16;
  }

  /** Whether it has AMX, which multiplies whole tiles of matrices in bfloat16. */
  static boolean hasBfloat16Matrices() {
    return (instructionSet() & dnnl_cpu_isa_avx512_core_amx) == dnnl_cpu_isa_avx512_core_amx;
  }

  private static int instructionSet() {
    OneDnnLibrary.load();
    return dnnl_get_effective_cpu_isa();
  }

  @Override
  public boolean readsBfloat16() {
    return true;
  }

  @Override
  public Device device(TransformerConfig config, Precision precision) {
    return new OneDnnDevice(CpuThreads.count(), config.getNEmbd(), precision);
  }

  @Override
  public TokenTable tokenTable(DataType type, long vocabulary, long width) {
    return tokenTable(type, vocabulary, width, Precision.FLOAT32);
  }

  @Override
  public TokenTable tokenTable(DataType type, long vocabulary, long width, Precision precision) {
    return new OneDnnTokenTable((int) vocabulary, (int) width, CpuThreads.count(), precision);
  }

  @Override
  public OptimizerStep optimizerStep() {
    return new OneDnnOptimizerStep(CpuThreads.count());
  }
}
