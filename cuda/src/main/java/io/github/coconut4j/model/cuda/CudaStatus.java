package io.github.coconut4j.model.cuda;

import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_DEVICE_UNAVAILABLE;
import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_OUT_OF_MEMORY;
import static org.bytedeco.cuda.global.cudart.CUDA_SUCCESS;
import static org.bytedeco.cuda.global.cudart.cuGetErrorName;

import io.github.coconut4j.model.backend.DeviceException;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;

/** The status that the driver's functions return. */
final class CudaStatus {

  private CudaStatus() {}

  /**
   * Throws if a status is an error.
   *
   * @param call the function that returned it, for the message
   * @throws OutOfMemoryError if the GPU has not enough free memory
   * @throws DeviceException for any other error. After most of them this process can no longer use
   *     the GPU.
   */
  static void require(int status, String call) {
    if (status == CUDA_ERROR_OUT_OF_MEMORY) {
      throw new OutOfMemoryError(
          "The GPU does not have enough free memory ("
              + call
              + "). Lower the batch size, end other programs on it, or name another GPU, as with"
              + " COCONUT4J_OPTS=-Dcoconut4j.cuda.gpu=1.");
    }
    if (status == CUDA_ERROR_DEVICE_UNAVAILABLE) {
      throw new DeviceException(
          "The GPU must be free or shared, but another process uses it alone ("
              + call
              + ": "
              + name(status)
              + "). Wait for that process, name another GPU, as with"
              + " COCONUT4J_OPTS=-Dcoconut4j.cuda.gpu=1, or use --device cpu.");
    }
    if (status != CUDA_SUCCESS) {
      throw new DeviceException(
          "The GPU must complete every operation, but "
              + call
              + " failed with "
              + name(status)
              + ". Run again, from the last checkpoint if this was a training run; if it fails"
              + " again, nvidia-smi and the system's log say whether the GPU is lost, and --device"
              + " cpu does without it.");
    }
  }

  /** The name of a status, such as {@code CUDA_ERROR_NO_DEVICE}. */
  static String name(int status) {
    try (PointerPointer<BytePointer> name = new PointerPointer<>(1)) {
      return cuGetErrorName(status, name) == CUDA_SUCCESS
          ? name.get(BytePointer.class, 0).getString()
          : "CUDA error " + status;
    }
  }
}
