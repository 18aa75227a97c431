package io.github.coconut4j.model.cuda;

import static org.bytedeco.cuda.global.cudart.cuCtxSetCurrent;
import static org.bytedeco.cuda.global.cudart.cuDeviceGet;
import static org.bytedeco.cuda.global.cudart.cuDevicePrimaryCtxRetain;
import static org.bytedeco.cuda.global.cudart.cuMemAlloc;
import static org.bytedeco.cuda.global.cudart.cuMemFree;
import static org.bytedeco.cuda.global.cudart.cuMemcpyDtoDAsync;
import static org.bytedeco.cuda.global.cudart.cuMemcpyDtoHAsync;
import static org.bytedeco.cuda.global.cudart.cuMemcpyHtoDAsync;
import static org.bytedeco.cuda.global.cudart.cuMemsetD32Async;
import static org.bytedeco.cuda.global.cudart.cuModuleGetFunction;
import static org.bytedeco.cuda.global.cudart.cuModuleLoadData;
import static org.bytedeco.cuda.global.cudart.cuStreamCreate;
import static org.bytedeco.cuda.global.cudart.cuStreamSynchronize;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * One GPU, through CUDA's driver: its memory, its kernels and the one stream on which all of this
 * process runs in order. Several threads may use it.
 */
final class Gpu {

  /** Of cuStreamCreate: it does not wait for other libraries' default stream. */
  private static final int NON_BLOCKING = 1;

  private final CUctx_st context = new CUctx_st();
  private final CUstream_st stream = new CUstream_st();
  private final CUmod_st module = new CUmod_st();
  private final Map<String, CUfunc_st> functions = new ConcurrentHashMap<>();

  /** A thread's first call binds it to the GPU. */
  private final ThreadLocal<LaunchArguments> arguments =
      ThreadLocal.withInitial(
          () -> {
            CudaStatus.require(cuCtxSetCurrent(context), "cuCtxSetCurrent");
            return new LaunchArguments();
          });

  /**
   * A GPU with its kernels.
   *
   * @param number of the GPU, from 0
   * @param kernels a cubin
   */
  Gpu(int number, byte[] kernels) {
    int[] device = new int[1];
    CudaStatus.require(cuDeviceGet(device, number), "cuDeviceGet");
    CudaStatus.require(cuDevicePrimaryCtxRetain(context, device[0]), "cuDevicePrimaryCtxRetain");
    bind();
    CudaStatus.require(cuStreamCreate(stream, NON_BLOCKING), "cuStreamCreate");
    try (BytePointer image = new BytePointer(kernels)) {
      CudaStatus.require(cuModuleLoadData(module, image), "cuModuleLoadData");
    }
  }

  private LaunchArguments bind() {
    return arguments.get();
  }

  CUstream_st stream() {
    bind();
    return stream;
  }

  /**
   * New memory, whose contents are undefined.
   *
   * @throws OutOfMemoryError if there is no room
   */
  long allocate(long bytes) {
    bind();
    long[] address = new long[1];
    CudaStatus.require(cuMemAlloc(address, Math.max(1, bytes)), "cuMemAlloc of " + bytes + " B");
    return address[0];
  }

  void free(long address) {
    if (address != 0) {
      bind();
      CudaStatus.require(cuMemFree(address), "cuMemFree");
    }
  }

  /** Copies to the GPU; the host's memory may be changed afterwards. */
  void upload(Pointer from, long to, long bytes) {
    if (bytes > 0) {
      bind();
      CudaStatus.require(cuMemcpyHtoDAsync(to, from, bytes, stream), "cuMemcpyHtoDAsync");
    }
  }

  void upload(int[] values, long to) {
    if (values.length > 0) {
      try (IntPointer host = new IntPointer(values)) {
        upload(host, to, (long) values.length * Integer.BYTES);
      }
    }
  }

  /** Copies to the host, once all that was launched before has ended. */
  void download(long from, Pointer to, long bytes) {
    if (bytes > 0) {
      bind();
      CudaStatus.require(cuMemcpyDtoHAsync(to, from, bytes, stream), "cuMemcpyDtoHAsync");
      synchronize();
    }
  }

  void copy(long from, long to, long bytes) {
    if (bytes > 0) {
      bind();
      CudaStatus.require(cuMemcpyDtoDAsync(to, from, bytes, stream), "cuMemcpyDtoDAsync");
    }
  }

  void clear(long address, long floats) {
    if (floats > 0) {
      bind();
      CudaStatus.require(cuMemsetD32Async(address, 0, floats, stream), "cuMemsetD32Async");
    }
  }

  /** Waits for all that was launched. */
  void synchronize() {
    bind();
    CudaStatus.require(cuStreamSynchronize(stream), "cuStreamSynchronize");
  }

  /**
   * Starts a kernel; without blocks it does nothing.
   *
   * @param values its arguments: Long for pointers and 64-bit numbers, Integer, Float, or a
   *     structure's bytes
   */
  void launch(String kernel, Grid grid, Object... values) {
    if (grid.isEmpty()) {
      return;
    }
    LaunchArguments own = bind();
    CudaStatus.require(
        own.launch(functions.computeIfAbsent(kernel, this::function), grid, stream, values),
        kernel);
  }

  private CUfunc_st function(String kernel) {
    CUfunc_st function = new CUfunc_st();
    CudaStatus.require(cuModuleGetFunction(function, module, kernel), "kernel " + kernel);
    return function;
  }
}
