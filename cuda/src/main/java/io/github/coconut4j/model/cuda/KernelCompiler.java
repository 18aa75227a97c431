package io.github.coconut4j.model.cuda;

import static org.bytedeco.cuda.global.nvrtc.NVRTC_SUCCESS;
import static org.bytedeco.cuda.global.nvrtc.nvrtcCompileProgram;
import static org.bytedeco.cuda.global.nvrtc.nvrtcCreateProgram;
import static org.bytedeco.cuda.global.nvrtc.nvrtcDestroyProgram;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetErrorString;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetNumSupportedArchs;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetProgramLog;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetProgramLogSize;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetSupportedArchs;
import static org.bytedeco.cuda.global.nvrtc.nvrtcVersion;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntBiFunction;
import java.util.stream.Collectors;
import org.bytedeco.cuda.global.nvrtc;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/** Compiles the kernels for a GPU with NVRTC. */
final class KernelCompiler {

  private static final String FILE = "kernels.cu";

  /** Prefixes of architectures. */
  private static final String MACHINE_CODE = "sm_";

  private static final String PTX = "compute_";

  /** The files of the source; the second uses declarations of the first. */
  static final List<String> FILES = List.of(FILE, "tensor-cores.cu");

  private KernelCompiler() {}

  /** The kernels' source. */
  static String source() {
    return FILES.stream().map(KernelCompiler::text).collect(Collectors.joining("\n"));
  }

  /** The text of one file of the source. */
  static String text(String name) {
    try (InputStream file = KernelCompiler.class.getResourceAsStream(name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("The kernels' source must be readable", e);
    }
  }

  /** The name and version of NVRTC. */
  static String version() {
    int[] major = new int[1];
    int[] minor = new int[1];
    int status = nvrtcVersion(major, minor);
    return status == NVRTC_SUCCESS ? "NVRTC " + major[0] + "." + minor[0] : "NVRTC";
  }

  /** The compute capabilities that NVRTC compiles for, such as 90 for 9.0. */
  private static int[] known() {
    int[] count = new int[1];
    require(nvrtcGetNumSupportedArchs(count), new _nvrtcProgram());
    int[] known = new int[count[0]];
    require(nvrtcGetSupportedArchs(known), new _nvrtcProgram());
    return known;
  }

  /**
   * The architecture to compile for: machine code, since a driver rejects PTX of a newer NVRTC.
   * GPUs run machine code for older ones of the same major version. For a GPU of a major version
   * that NVRTC does not know, it is PTX, as that GPU's driver is newer than NVRTC and compiles it.
   *
   * @param capability compute capability of the GPU
   * @param known the capabilities that NVRTC knows
   */
  static String architecture(int capability, int... known) {
    int nearest = Arrays.stream(known).filter(each -> each <= capability).max().orElse(capability);
    boolean sameMajor = nearest / CudaLibraries.MINOR == capability / CudaLibraries.MINOR;
    return (sameMajor ? MACHINE_CODE : PTX) + nearest;
  }

  /**
   * Compiles for a GPU.
   *
   * @param capability compute capability of the GPU, such as 90 for 9.0
   * @return a cubin, or PTX with a terminating zero
   * @throws IllegalStateException if the source does not compile
   */
  static byte[] compile(String source, int capability) {
    String architecture = architecture(capability, known());
    _nvrtcProgram program = new _nvrtcProgram();
    try (BytePointer text = new BytePointer(source, StandardCharsets.UTF_8);
        BytePointer name = new BytePointer(FILE)) {
      require(
          nvrtcCreateProgram(
              program,
              text,
              name,
              0,
              (PointerPointer<Pointer>) null,
              (PointerPointer<Pointer>) null),
          program);
    }
    try (PointerPointer<BytePointer> options =
        new PointerPointer<>("--gpu-architecture=" + architecture, "--std=c++17")) {
      require(nvrtcCompileProgram(program, (int) options.capacity(), options), program);
      return architecture.startsWith(PTX)
          ? image(program, nvrtc::nvrtcGetPTXSize, nvrtc::nvrtcGetPTX)
          : image(program, nvrtc::nvrtcGetCUBINSize, nvrtc::nvrtcGetCUBIN);
    } finally {
      nvrtcDestroyProgram(program);
    }
  }

  private static byte[] image(
      _nvrtcProgram program,
      ToIntBiFunction<_nvrtcProgram, SizeTPointer> sizeOf,
      ToIntBiFunction<_nvrtcProgram, BytePointer> contentOf) {
    try (SizeTPointer size = new SizeTPointer(1)) {
      require(sizeOf.applyAsInt(program, size), program);
      try (BytePointer image = new BytePointer(size.get())) {
        require(contentOf.applyAsInt(program, image), program);
        byte[] bytes = new byte[Math.toIntExact(size.get())];
        image.get(bytes);
        return bytes;
      }
    }
  }

  private static void require(int status, _nvrtcProgram program) {
    if (status != NVRTC_SUCCESS) {
      throw new IllegalStateException(
          "NVRTC must compile the GPU's kernels, but fails with "
              + nvrtcGetErrorString(status).getString()
              + ". Install the newest CUDA 13 toolkit, which knows the newest GPUs, and name its"
              + " lib64 folder in LD_LIBRARY_PATH; or use --device cpu. "
              + version()
              + " says: "
              + log(program).strip());
    }
  }

  private static String log(_nvrtcProgram program) {
    try (SizeTPointer size = new SizeTPointer(1)) {
      if (nvrtcGetProgramLogSize(program, size) != NVRTC_SUCCESS || size.get() == 0) {
        return "";
      }
      try (BytePointer log = new BytePointer(size.get())) {
        return nvrtcGetProgramLog(program, log) == NVRTC_SUCCESS ? log.getString() : "";
      }
    }
  }
}
