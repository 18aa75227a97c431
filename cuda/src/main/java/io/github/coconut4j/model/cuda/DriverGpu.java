package io.github.coconut4j.model.cuda;

import static org.bytedeco.cuda.global.cudart.cuCtxSetCurrent;
import static org.bytedeco.cuda.global.cudart.cuDeviceGet;
import static org.bytedeco.cuda.global.cudart.cuDevicePrimaryCtxRetain;
import static org.bytedeco.cuda.global.cudart.cuMemAlloc;
import static org.bytedeco.cuda.global.cudart.cuMemFree;
import static org.bytedeco.cuda.global.cudart.cuMemGetInfo;
import static org.bytedeco.cuda.global.cudart.cuMemcpyDtoDAsync;
import static org.bytedeco.cuda.global.cudart.cuMemcpyDtoHAsync;
import static org.bytedeco.cuda.global.cudart.cuMemcpyHtoDAsync;
import static org.bytedeco.cuda.global.cudart.cuMemsetD32Async;
import static org.bytedeco.cuda.global.cudart.cuModuleGetFunction;
import static org.bytedeco.cuda.global.cudart.cuModuleLoadData;
import static org.bytedeco.cuda.global.cudart.cuStreamCreate;
import static org.bytedeco.cuda.global.cudart.cuStreamSynchronize;

import io.github.coconut4j.model.backend.DeviceException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * One GPU, through CUDA's driver: its memory, its kernels and the one stream on which all of this
 * process runs in order. Several threads may use it.
 */
final class DriverGpu implements Gpu {

  /** Of cuStreamCreate: it does not wait for other libraries' default stream. */
  private static final int NON_BLOCKING = 1;

  private final CUctx_st context = new CUctx_st();
  private final CUstream_st stream = new CUstream_st();
  private final CUmod_st module = new CUmod_st();
  private final Map<String, CUfunc_st> functions = new ConcurrentHashMap<>();

  /** Whether a call failed, after which the GPU is most often lost to this process. */
  private volatile boolean failed;

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
  DriverGpu(int number, byte[] kernels) {
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

  /** Memory that is free, in bytes. */
  long freeBytes() {
    bind();
    try (SizeTPointer free = new SizeTPointer(1);
        SizeTPointer all = new SizeTPointer(1)) {
      require(cuMemGetInfo(free, all), "cuMemGetInfo");
      return free.get();
    }
  }

  CUstream_st stream() {
    bind();
    return stream;
  }

  @Override
  public long allocate(long bytes) {
    bind();
    long[] address = new long[1];
    require(cuMemAlloc(address, Math.max(1, bytes)), "cuMemAlloc of " + bytes + " B");
    return address[0];
  }

  @Override
  public void free(long address) {
    if (address != 0) {
      bind();
      int status = cuMemFree(address);
      if (!failed) { // else all that follows fails with the first error
        require(status, "cuMemFree");
      }
    }
  }

  @Override
  public void upload(Pointer from, long to, long bytes) {
    if (bytes > 0) {
      bind();
      require(cuMemcpyHtoDAsync(to, from, bytes, stream), "cuMemcpyHtoDAsync");
    }
  }

  @Override
  public void download(long from, Pointer to, long bytes) {
    if (bytes > 0) {
      bind();
      require(cuMemcpyDtoHAsync(to, from, bytes, stream), "cuMemcpyDtoHAsync");
      synchronize();
    }
  }

  @Override
  public void copy(long from, long to, long bytes) {
    if (bytes > 0) {
      bind();
      require(cuMemcpyDtoDAsync(to, from, bytes, stream), "cuMemcpyDtoDAsync");
    }
  }

  @Override
  public void clear(long address, long floats) {
    if (floats > 0) {
      bind();
      require(cuMemsetD32Async(address, 0, floats, stream), "cuMemsetD32Async");
    }
  }

  private void synchronize() {
    bind();
    require(cuStreamSynchronize(stream), "cuStreamSynchronize");
  }

  @Override
  public void launch(String kernel, Grid grid, Object... values) {
    if (grid.isEmpty()) {
      return;
    }
    LaunchArguments own = bind();
    require(
        own.launch(functions.computeIfAbsent(kernel, this::function), grid, stream, values),
        kernel);
  }

  private void require(int status, String call) {
    try {
      CudaStatus.require(status, call);
    } catch (DeviceException e) {
      failed = true;
      throw e;
    }
  }

  private CUfunc_st function(String kernel) {
    CUfunc_st function = new CUfunc_st();
    require(cuModuleGetFunction(function, module, kernel), "kernel " + kernel);
    return function;
  }
}
