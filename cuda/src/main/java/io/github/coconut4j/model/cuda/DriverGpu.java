package io.github.coconut4j.model.cuda;

import static org.bytedeco.cuda.global.cudart.CUDA_ERROR_NOT_READY;
import static org.bytedeco.cuda.global.cudart.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL;
import static org.bytedeco.cuda.global.cudart.cuCtxSetCurrent;
import static org.bytedeco.cuda.global.cudart.cuDeviceGet;
import static org.bytedeco.cuda.global.cudart.cuDevicePrimaryCtxRelease;
import static org.bytedeco.cuda.global.cudart.cuDevicePrimaryCtxRetain;
import static org.bytedeco.cuda.global.cudart.cuGraphDestroy;
import static org.bytedeco.cuda.global.cudart.cuGraphExecDestroy;
import static org.bytedeco.cuda.global.cudart.cuGraphInstantiate;
import static org.bytedeco.cuda.global.cudart.cuGraphLaunch;
import static org.bytedeco.cuda.global.cudart.cuMemAlloc;
import static org.bytedeco.cuda.global.cudart.cuMemAllocHost;
import static org.bytedeco.cuda.global.cudart.cuMemFree;
import static org.bytedeco.cuda.global.cudart.cuMemGetInfo;
import static org.bytedeco.cuda.global.cudart.cuMemcpyDtoDAsync;
import static org.bytedeco.cuda.global.cudart.cuMemcpyDtoHAsync;
import static org.bytedeco.cuda.global.cudart.cuMemcpyHtoDAsync;
import static org.bytedeco.cuda.global.cudart.cuMemsetD32Async;
import static org.bytedeco.cuda.global.cudart.cuModuleGetFunction;
import static org.bytedeco.cuda.global.cudart.cuModuleLoadData;
import static org.bytedeco.cuda.global.cudart.cuStreamBeginCapture;
import static org.bytedeco.cuda.global.cudart.cuStreamCreate;
import static org.bytedeco.cuda.global.cudart.cuStreamDestroy;
import static org.bytedeco.cuda.global.cudart.cuStreamEndCapture;
import static org.bytedeco.cuda.global.cudart.cuStreamQuery;
import static org.bytedeco.cuda.global.cudart.cuStreamSynchronize;

import io.github.coconut4j.model.backend.DeviceException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * A GPU, used by CUDA's driver API: its memory, its kernels, and the stream on which all commands
 * of this process run in order. Several threads may use it.
 */
final class DriverGpu implements AutoCloseable {

  /** Flag of cuStreamCreate: the stream does not wait for the default stream of other libraries. */
  private static final int NON_BLOCKING = 1;

  private final int[] device = new int[1];
  private final CUctx_st context = new CUctx_st();
  private final CUstream_st stream = new CUstream_st();
  private final CUmod_st module = new CUmod_st();
  private final Map<String, CUfunc_st> functions = new ConcurrentHashMap<>();

  /** Whether a call failed. Usually this process can no longer use the GPU then. */
  private volatile boolean failed;

  /** The thread that captures commands, or null. */
  private volatile Thread capturing;

  /** The first access by a thread binds the thread to the GPU. */
  private final ThreadLocal<LaunchArguments> arguments =
      ThreadLocal.withInitial(
          () -> {
            int status = cuCtxSetCurrent(context);
            if (!failed) { // after a failure every call returns the same error
              CudaStatus.require(status, "cuCtxSetCurrent");
            }
            return new LaunchArguments();
          });

  /**
   * Opens a GPU.
   *
   * @param number number of the GPU, from 0
   * @throws DeviceException if it cannot be opened
   */
  DriverGpu(int number) {
    CudaStatus.require(cuDeviceGet(device, number), "cuDeviceGet");
    CudaStatus.require(cuDevicePrimaryCtxRetain(context, device[0]), "cuDevicePrimaryCtxRetain");
    try {
      bind();
      CudaStatus.require(cuStreamCreate(stream, NON_BLOCKING), "cuStreamCreate");
    } catch (DeviceException | OutOfMemoryError e) {
      close();
      throw e;
    }
  }

  /**
   * Loads the kernels, before anything else is done.
   *
   * @param kernels a cubin, or PTX with a terminating zero
   * @throws DeviceException if the driver rejects them; others can be loaded then
   */
  void load(byte[] kernels) {
    bind();
    try (BytePointer image = new BytePointer(kernels)) {
      CudaStatus.require(cuModuleLoadData(module, image), "cuModuleLoadData");
    }
  }

  /** Releases the GPU and with it all of its memory. It must not be used afterwards. */
  @Override
  public void close() {
    if (!stream.isNull()) {
      cuStreamDestroy(stream);
    }
    cuDevicePrimaryCtxRelease(device[0]);
  }

  private LaunchArguments bind() {
    return arguments.get();
  }

  /** Free GPU memory in bytes. */
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

  /** Whether a call failed. */
  boolean hasFailed() {
    return failed;
  }

  /** Allocates page-locked host memory, from which copies to the GPU are asynchronous. */
  BytePointer allocateHost(long bytes) {
    bind();
    try (PointerPointer<BytePointer> place = new PointerPointer<>(1)) {
      require(cuMemAllocHost(place, bytes), "cuMemAllocHost of " + bytes + " B");
      return new BytePointer(place.get(BytePointer.class, 0)).capacity(bytes);
    }
  }

  /** As {@link Gpu#allocate}. */
  long allocate(long bytes) {
    bind();
    long[] address = new long[1];
    require(cuMemAlloc(address, Math.max(1, bytes)), "cuMemAlloc of " + bytes + " B");
    return address[0];
  }

  void free(long address) {
    bind();
    int status = cuMemFree(address);
    if (!failed) { // after a failure every call returns the same error
      require(status, "cuMemFree");
    }
  }

  /**
   * Copies to the GPU. The host's memory, page-locked or not, must not be changed or freed until
   * {@link #synchronize}.
   */
  void upload(Pointer from, long to, long bytes) {
    bind();
    require(cuMemcpyHtoDAsync(to, from, bytes, stream), "cuMemcpyHtoDAsync");
  }

  /** Waits for all earlier commands, and copies to the host. */
  void download(long from, Pointer to, long bytes) {
    bind();
    require(cuMemcpyDtoHAsync(to, from, bytes, stream), "cuMemcpyDtoHAsync");
    synchronize();
  }

  void copy(long from, long to, long bytes) {
    bind();
    require(cuMemcpyDtoDAsync(to, from, bytes, stream), "cuMemcpyDtoDAsync");
  }

  void clear(long address, long floats) {
    bind();
    require(cuMemsetD32Async(address, 0, floats, stream), "cuMemsetD32Async");
  }

  void synchronize() {
    bind();
    require(cuStreamSynchronize(stream), "cuStreamSynchronize");
  }

  /** Throws if a command failed. Does not wait; does nothing in a capture, which runs nothing. */
  void requireIntact() {
    if (capturing == Thread.currentThread()) {
      return; // the query is forbidden
    }
    bind();
    int status = cuStreamQuery(stream);
    if (status != CUDA_ERROR_NOT_READY) {
      require(status, "cuStreamQuery");
    }
  }

  void launch(String kernel, Grid grid, Object... values) {
    LaunchArguments own = bind();
    require(
        own.launch(functions.computeIfAbsent(kernel, this::function), grid, stream, values),
        kernel);
  }

  /**
   * Captures commands as a graph without running them.
   *
   * @throws DeviceException if a command cannot be captured; the GPU stays usable
   * @throws OutOfMemoryError if there is not enough memory for the graph; the GPU stays usable
   */
  CUgraphExec_st capture(List<GpuCommand> commands) {
    bind();
    CUgraph_st graph = new CUgraph_st();
    capturing = Thread.currentThread();
    try {
      require(
          cuStreamBeginCapture(stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
          "cuStreamBeginCapture");
      record(commands, graph);
      CUgraphExec_st executable = new CUgraphExec_st();
      require(cuGraphInstantiate(executable, graph, 0), "cuGraphInstantiate");
      return executable;
    } finally {
      capturing = null;
      if (!graph.isNull()) {
        cuGraphDestroy(graph);
      }
    }
  }

  /** Ends the capture even if a command fails, since the stream runs nothing before. */
  private void record(List<GpuCommand> commands, CUgraph_st graph) {
    int status;
    try {
      commands.forEach(command -> command.run(this));
    } finally {
      status = cuStreamEndCapture(stream, graph);
    }
    require(status, "cuStreamEndCapture");
  }

  void launch(CUgraphExec_st graph) {
    bind();
    require(cuGraphLaunch(graph, stream), "cuGraphLaunch");
  }

  /** Frees a graph. It may still be running. */
  void destroy(CUgraphExec_st graph) {
    bind();
    int status = cuGraphExecDestroy(graph);
    if (!failed) {
      require(status, "cuGraphExecDestroy");
    }
  }

  private void require(int status, String call) {
    try {
      CudaStatus.require(status, call);
    } catch (DeviceException e) {
      failed |= capturing != Thread.currentThread(); // a capture runs nothing
      throw e;
    }
  }

  private CUfunc_st function(String kernel) {
    CUfunc_st function = new CUfunc_st();
    require(cuModuleGetFunction(function, module, kernel), "kernel " + kernel);
    return function;
  }
}
