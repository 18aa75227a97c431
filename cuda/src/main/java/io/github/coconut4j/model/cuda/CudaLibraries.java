package io.github.coconut4j.model.cuda;

import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_DEVICE_UNAVAILABLE;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_NO_DEVICE;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_OPERATING_SYSTEM;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_STUB_LIBRARY;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_SYSTEM_DRIVER_MISMATCH;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_SYSTEM_NOT_READY;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_UNKNOWN;
import static org.bytedeco.cuda.global.cudart.CUDA_SUCCESS;
import static org.bytedeco.cuda.global.cudart.CU_COMPUTEMODE_EXCLUSIVE_PROCESS;
import static org.bytedeco.cuda.global.cudart.CU_COMPUTEMODE_PROHIBITED;
import static org.bytedeco.cuda.global.cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static org.bytedeco.cuda.global.cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;
import static org.bytedeco.cuda.global.cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_MODE;
import static org.bytedeco.cuda.global.cudart.cuDeviceGetAttribute;
import static org.bytedeco.cuda.global.cudart.cuDeviceGetCount;
import static org.bytedeco.cuda.global.cudart.cuDeviceGetName;
import static org.bytedeco.cuda.global.cudart.cuDevicePrimaryCtxRelease;
import static org.bytedeco.cuda.global.cudart.cuDevicePrimaryCtxRetain;
import static org.bytedeco.cuda.global.cudart.cuDriverGetVersion;
import static org.bytedeco.cuda.global.cudart.cuInit;

import io.github.coconut4j.model.backend.DeviceException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.javacpp.Loader;

/** Checks the requirements of the backend: the driver, CUDA's libraries and a GPU. */
final class CudaLibraries {

  /** CUDA 13.0 as the driver encodes versions. */
  private static final int DRIVER = 13_000;

  private static final int MAJOR = 1000;

  /** Factor of the major version in a compute capability, such as 90 for 9.0. */
  static final int MINOR = 10;

  private static final int CUBLAS_MAJOR = 10_000;
  private static final int CUBLAS = 13;
  private static final int CAPABILITY = 75;

  private static final String DRIVER_REMEDY =
      "install NVIDIA's driver of the 580 series or newer, which has CUDA 13";

  private static final String CONTAINER =
      "; a container must be started with the GPU (docker run --gpus all)";

  private static final String NO_GPU =
      "the driver finds no GPU: see what nvidia-smi and CUDA_VISIBLE_DEVICES say" + CONTAINER;

  private static final String TOOLKIT_REMEDY =
      "install the CUDA 13 toolkit and name its lib64 folder in LD_LIBRARY_PATH";

  /** System property: the number of the GPU to use, from 0; by default the first usable one. */
  private static final String ONE = "coconut4j.cuda.gpu";

  /**
   * System property: the number of this process, from 0, among those that compute at the same time.
   * They use the usable GPUs in turn.
   */
  private static final String TURN = "coconut4j.cuda.turn";

  private static Found known;

  private CudaLibraries() {}

  /**
   * The result of the check.
   *
   * @param problem why no GPU can be used, with the remedy; null if one can
   * @param number number of the GPU
   * @param name name of the GPU
   * @param capability compute capability of the GPU, such as 90 for 9.0
   */
  record Found(String problem, int number, String name, int capability) {

    static Found problem(String problem) {
      return new Found(problem, 0, "", 0);
    }

    /** The GPU's name and compute capability. */
    String description() {
      return name + " (compute capability " + version(capability) + ")";
    }
  }

  /** A compute capability as NVIDIA writes it, such as 9.0. */
  static String version(int capability) {
    return capability / MINOR + "." + capability % MINOR;
  }

  /** The result of the check, which is made once per process. */
  static synchronized Found find() {
    if (known == null) {
      known = look();
    }
    return known;
  }

  private static Found look() {
    String problem = driverProblem();
    if (problem == null) {
      problem =
          libraryProblem(
              "org.bytedeco.cuda.global.nvrtc", "NVRTC", TOOLKIT_REMEDY + ", or add cuda-redist");
    }
    if (problem == null) {
      problem = libraryProblem("org.bytedeco.cuda.global.cublas", "cuBLAS", TOOLKIT_REMEDY);
    }
    if (problem == null) {
      problem = cublasProblem();
    }
    try {
      return problem == null ? gpu() : Found.problem(problem);
    } catch (DeviceException e) {
      return Found.problem(e.getMessage());
    }
  }

  private static String driverProblem() {
    String problem =
        libraryProblem(
            "org.bytedeco.cuda.global.cudart", "NVIDIA's driver", DRIVER_REMEDY + CONTAINER);
    if (problem != null) {
      return problem;
    }
    int[] version = new int[1];
    int status = cuDriverGetVersion(version);
    if (status == CUDA_SUCCESS && version[0] < DRIVER) {
      return "NVIDIA's driver serves CUDA "
          + version[0] / MAJOR
          + "."
          + version[0] % MAJOR / MINOR
          + ", and 13.0 is needed: "
          + DRIVER_REMEDY;
    }
    status = status == CUDA_SUCCESS ? cuInit(0) : status;
    if (status == CUDA_ERROR_NO_DEVICE) {
      return NO_GPU;
    }
    return status == CUDA_SUCCESS
        ? null
        : "NVIDIA's driver does not start (" + CudaStatus.name(status) + "): " + remedy(status);
  }

  /** What to do if the driver does not start. */
  private static String remedy(int status) {
    return switch (status) {
      case CUDA_ERROR_SYSTEM_NOT_READY ->
          "GPUs that are joined by NVSwitch need the service"
              + " nvidia-fabricmanager of the driver's version; start it";
      case CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE ->
          "remove the package or folder cuda-compat,"
              + " which this GPU does not support, from LD_LIBRARY_PATH";
      case CUDA_ERROR_STUB_LIBRARY ->
          "remove the toolkit's folder stubs from LD_LIBRARY_PATH, since its libcuda only serves to"
              + " link programs";
      case CUDA_ERROR_SYSTEM_DRIVER_MISMATCH ->
          "restart the machine, since the driver's libraries have another version than its module"
              + " in the kernel, as after an update; in a container, restart the container";
      case CUDA_ERROR_OPERATING_SYSTEM, CUDA_ERROR_UNKNOWN ->
          "see that the kernel has the module nvidia_uvm (sudo nvidia-modprobe -u; after a suspend"
              + " it may have to be loaded again) and that this user may open /dev/nvidia*";
      default -> "see what nvidia-smi says, or " + DRIVER_REMEDY;
    };
  }

  /**
   * Why the bindings of a library do not load, or null if they do. They are linked to it by name,
   * so the loader's error names the missing library.
   */
  private static String libraryProblem(String bindings, String library, String remedy) {
    try {
      Loader.load(Class.forName(bindings));
      return null;
    } catch (ClassNotFoundException | LinkageError | RuntimeException e) {
      String missing = missing(e);
      if (missing.contains("libcudart") || missing.contains("libnvrtc-builtins")) {
        return "CUDA's library is missing (" + missing + "): " + TOOLKIT_REMEDY;
      }
      return library + " does not load (" + missing + "): " + remedy;
    }
  }

  /** The part of the loader's message that names the missing library, in one line. */
  private static String missing(Throwable error) {
    Throwable e = error;
    while (e.getCause() != null) {
      e = e.getCause();
    }
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    int path = message.indexOf(".so: ");
    return path < 0 ? message : message.substring(path + ".so: ".length());
  }

  private static String cublasProblem() {
    long version = org.bytedeco.cuda.global.cublas.cublasLtGetVersion();
    return version / CUBLAS_MAJOR == CUBLAS
        ? null
        : "cuBLAS has the version " + version + ", and one of 13 is needed: " + TOOLKIT_REMEDY;
  }

  /** The chosen GPU, or one that is new enough. */
  private static Found gpu() {
    int[] count = new int[1];
    int status = cuDeviceGetCount(count);
    if (status != CUDA_SUCCESS || count[0] == 0) {
      return Found.problem(NO_GPU);
    }
    String one = System.getProperty(ONE);
    if (one == null) {
      return usable(0, count[0]);
    }
    try {
      int number = Objects.checkIndex(Integer.parseInt(one), count[0]);
      return usable(number, number + 1);
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      return Found.problem(
          ONE + " needs to be from 0 to " + (count[0] - 1) + " but is " + one + ": correct it");
    }
  }

  /** One of the GPUs with these numbers that are new enough. */
  private static Found usable(int from, int to) {
    List<Found> usable = new ArrayList<>();
    List<String> others = new ArrayList<>();
    for (int number = from; number < to; number++) {
      int capability = capability(number);
      String problem = problem(number, capability);
      if (problem == null) {
        usable.add(new Found(null, number, name(number), capability));
      } else {
        others.add(name(number) + problem);
      }
    }
    if (!usable.isEmpty()) {
      return usable.get(Math.floorMod(Integer.getInteger(TURN, 0), usable.size()));
    }
    return Found.problem(
        "a GPU of compute capability 7.5 (Turing) or newer is needed, but there is "
            + String.join(", ", others)
            + ": use --device cpu");
  }

  /** Why this process cannot use a GPU, as the end of a sentence; null if it can. */
  private static String problem(int number, int capability) {
    if (capability < CAPABILITY) {
      return " with " + version(capability);
    }
    return switch (attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_MODE, number)) {
      case CU_COMPUTEMODE_PROHIBITED -> " whose compute mode (nvidia-smi -c) prohibits every use";
      case CU_COMPUTEMODE_EXCLUSIVE_PROCESS ->
          isFree(number)
              ? null
              : " which another process uses alone, as its compute mode (nvidia-smi -c) says";
      default -> null;
    };
  }

  /** Whether a GPU for one process at a time has none. */
  private static boolean isFree(int number) {
    int status = cuDevicePrimaryCtxRetain(new CUctx_st(), number);
    if (status == CUDA_SUCCESS) {
      cuDevicePrimaryCtxRelease(number);
    }
    return status != CUDA_ERROR_DEVICE_UNAVAILABLE;
  }

  private static void require(int status, String call) {
    if (status != CUDA_SUCCESS) {
      throw new DeviceException(
          "the driver does not describe the GPU ("
              + call
              + ": "
              + CudaStatus.name(status)
              + "): see what nvidia-smi says");
    }
  }

  private static int capability(int number) {
    return attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, number) * MINOR
        + attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, number);
  }

  private static int attribute(int attribute, int number) {
    int[] value = new int[1];
    require(cuDeviceGetAttribute(value, attribute, number), "cuDeviceGetAttribute");
    return value[0];
  }

  private static String name(int number) {
    byte[] name = new byte[128];
    require(cuDeviceGetName(name, name.length, number), "cuDeviceGetName");
    return new String(name, StandardCharsets.UTF_8).trim();
  }
}
