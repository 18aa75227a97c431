package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_out_of_memory;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_scratchpad_mode;
import static org.bytedeco.dnnl.global.dnnl.dnnl_scratchpad_mode_user;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_default_flags;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;

import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_stream;

/**
 * oneDNN's CPU engine, an execution stream and the scratchpad that its operations work in. Used by
 * one thread at a time, but not always the same: oneDNN's own scratchpads belong to the thread that
 * compiled an operation, if it is built without DNNL_ENABLE_CONCURRENT_EXEC.
 */
final class Dnnl implements AutoCloseable {

  static {
    OneDnnLibrary.load();
  }

  private final dnnl_engine engine = new dnnl_engine();
  private final dnnl_stream stream = new dnnl_stream();
  private final dnnl_primitive_attr attributes;
  private final NativeFloats scratchpad = new NativeFloats();

  Dnnl() {
    check("engine creation", dnnl_engine_create(engine, dnnl_cpu, 0));
    check("stream creation", dnnl_stream_create(stream, engine, dnnl_stream_default_flags));
    attributes = newAttributes();
  }

  /** Attributes of an operation that uses our scratchpad. The caller destroys them. */
  static dnnl_primitive_attr newAttributes() {
    dnnl_primitive_attr attributes = new dnnl_primitive_attr();
    check("attributes", dnnl_primitive_attr_create(attributes));
    check(
        "scratchpad mode",
        dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user));
    return attributes;
  }

  /** The same with fused post-operations, which this destroys. */
  static dnnl_primitive_attr newAttributes(dnnl_post_ops following) {
    dnnl_primitive_attr attributes = newAttributes();
    check("attributes", dnnl_primitive_attr_set_post_ops(attributes, following));
    dnnl_post_ops_destroy(following);
    return attributes;
  }

  /** Attributes of an operation without others. */
  dnnl_primitive_attr attributes() {
    return attributes;
  }

  /** A scratchpad for one operation at a time. */
  long scratchpad(long bytes) {
    return scratchpad.require((bytes + Float.BYTES - 1) / Float.BYTES);
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
    if (status == dnnl_out_of_memory) {
      throw new OutOfMemoryError("oneDNN has no memory for " + call);
    }
    if (status != dnnl_success) {
      throw new IllegalStateException(
          "oneDNN refused " + call + " with status " + status + " (dnnl_status_t)");
    }
  }

  @Override
  public void close() {
    dnnl_primitive_attr_destroy(attributes);
    dnnl_stream_destroy(stream);
    dnnl_engine_destroy(engine);
    scratchpad.close();
  }
}
