package io.github.coconut4j.model.internal.kernel;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_default_flags;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;

import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_stream;

/** oneDNN's CPU engine and an execution stream, for the use of one thread. */
final class Dnnl implements AutoCloseable {

  private final dnnl_engine engine = new dnnl_engine();
  private final dnnl_stream stream = new dnnl_stream();

  Dnnl() {
    check("engine creation", dnnl_engine_create(engine, dnnl_cpu, 0));
    check("stream creation", dnnl_stream_create(stream, engine, dnnl_stream_default_flags));
  }

  dnnl_engine engine() {
    return engine;
  }

  dnnl_stream stream() {
    return stream;
  }

  /** Describes a dense row-major float32 tensor. The caller destroys the descriptor. */
  static dnnl_memory_desc dense(long... dimensions) {
    long[] strides = new long[dimensions.length];
    long stride = 1;
    for (int i = dimensions.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= dimensions[i];
    }
    return strided(dimensions, strides);
  }

  /** Describes a float32 tensor by its dimensions and strides in floats. */
  static dnnl_memory_desc strided(long[] dimensions, long[] strides) {
    return strided(dnnl_f32, dimensions, strides);
  }

  /** Describes a tensor of values of a {@code dnnl_data_type_t}, its strides in such values. */
  static dnnl_memory_desc strided(int type, long[] dimensions, long[] strides) {
    dnnl_memory_desc description = new dnnl_memory_desc();
    check(
        "memory description",
        dnnl_memory_desc_create_with_strides(
            description, dimensions.length, dimensions, type, strides));
    return description;
  }

  static void check(String call, int status) {
    if (status != dnnl_success) {
      throw new IllegalStateException(
          "oneDNN refused " + call + " with status " + status + " (dnnl_status_t)");
    }
  }

  @Override
  public void close() {
    dnnl_stream_destroy(stream);
    dnnl_engine_destroy(engine);
  }
}
