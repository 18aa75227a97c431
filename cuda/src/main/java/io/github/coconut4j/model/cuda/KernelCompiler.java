package io.github.coconut4j.model.cuda;

import static org.bytedeco.cuda.global.nvrtc.NVRTC_SUCCESS;
import static org.bytedeco.cuda.global.nvrtc.nvrtcCompileProgram;
import static org.bytedeco.cuda.global.nvrtc.nvrtcCreateProgram;
import static org.bytedeco.cuda.global.nvrtc.nvrtcDestroyProgram;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetCUBIN;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetCUBINSize;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetErrorString;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetProgramLog;
import static org.bytedeco.cuda.global.nvrtc.nvrtcGetProgramLogSize;
import static org.bytedeco.cuda.global.nvrtc.nvrtcVersion;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.bytedeco.cuda.nvrtc._nvrtcProgram;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/** Compiles the kernels for a GPU with NVRTC. */
final class KernelCompiler {

  private static final String FILE = "kernels.cu";

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

  /**
   * Compiles to machine code instead of PTX, since a driver rejects PTX of a newer NVRTC.
   *
   * @param capability compute capability of the GPU, such as 90 for 9.0
   * @return a cubin
   * @throws IllegalStateException if the source does not compile
   */
  static byte[] compile(String source, int capability) {
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
        new PointerPointer<>("--gpu-architecture=sm_" + capability, "--std=c++17")) {
      require(nvrtcCompileProgram(program, (int) options.capacity(), options), program);
      return image(program);
    } finally {
      nvrtcDestroyProgram(program);
    }
  }

  private static byte[] image(_nvrtcProgram program) {
    try (SizeTPointer size = new SizeTPointer(1)) {
      require(nvrtcGetCUBINSize(program, size), program);
      try (BytePointer image = new BytePointer(size.get())) {
        require(nvrtcGetCUBIN(program, image), program);
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
