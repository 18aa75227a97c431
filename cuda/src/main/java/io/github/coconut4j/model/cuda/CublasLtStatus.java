package io.github.coconut4j.model.cuda;

import static org.bytedeco.cuda.global.cublas.CUBLAS_STATUS_SUCCESS;
import static org.bytedeco.cuda.global.cublas.cublasLtGetStatusString;

import io.github.coconut4j.model.backend.DeviceException;

/** The status that cuBLASLt's functions return. */
final class CublasLtStatus {

  private CublasLtStatus() {}

  /**
   * Throws if a status is an error.
   *
   * @param call the function that returned it, for the message
   * @throws DeviceException if it is an error
   */
  static void require(int status, String call) {
    if (status != CUBLAS_STATUS_SUCCESS) {
      throw failure(call + " failed with " + cublasLtGetStatusString(status).getString());
    }
  }

  /**
   * An exception that names the remedy.
   *
   * @param found what went wrong, for the message
   */
  static DeviceException failure(String found) {
    return new DeviceException(
        "cuBLASLt must compute a product, but "
            + found
            + ". Set -Dcoconut4j.cuda.products=plain to see whether it does without cuBLASLt.");
  }
}
