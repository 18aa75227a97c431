package io.github.coconut4j.model.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_set_data_handle;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_next_impl;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_scratchpad_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * A compiled oneDNN operation of one shape with its argument list. The arguments' addresses are set
 * before each execution; then nothing is allocated, except a scratchpad larger than all earlier
 * ones. Used by one thread at a time.
 */
final class Primitive implements AutoCloseable {

  private final Dnnl dnnl;
  private final dnnl_primitive primitive = new dnnl_primitive();
  private final dnnl_memory[] memories;
  private final dnnl_exec_arg_t arguments;
  private final long scratchpadBytes;
  private final FloatAddress handle = new FloatAddress();

  private Primitive(Dnnl dnnl, dnnl_primitive_desc description, Builder builder) {
    this.dnnl = dnnl;
    create(description);
    dnnl_memory_desc scratchpad =
        dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    scratchpadBytes = dnnl_memory_desc_get_size(scratchpad);
    int count = builder.ids.size();
    memories = new dnnl_memory[scratchpadBytes > 0 ? count + 1 : count];
    arguments = new dnnl_exec_arg_t(memories.length);
    try {
      for (int i = 0; i < count; i++) {
        addArgument(i, builder.ids.get(i), builder.tensors.get(i));
      }
      if (scratchpadBytes > 0) {
        addArgument(count, DNNL_ARG_SCRATCHPAD, scratchpad);
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
    arguments.position(0);
  }

  /**
   * Compiles the best implementation that works on this processor. oneDNN chooses one by the
   * processor's features, but creating it may fail: version 3.13 cannot create sums for 512-bit
   * vectors on ARM (SVE).
   */
  private void create(dnnl_primitive_desc description) {
    int status = dnnl_primitive_create(primitive, description);
    while (status != dnnl_success && dnnl_primitive_desc_next_impl(description) == dnnl_success) {
      status = dnnl_primitive_create(primitive, description);
    }
    Dnnl.check("primitive creation", status);
  }

  private void addArgument(int index, int id, dnnl_memory_desc tensor) {
    dnnl_memory memory = new dnnl_memory();
    Dnnl.check("memory creation", dnnl_memory_create(memory, tensor, dnnl.engine(), handle.at(0)));
    memories[index] = memory;
    arguments.position(index).arg(id).memory(memory);
  }

  /** Lists the arguments of a primitive in the order in which {@link #run} takes them. */
  static Builder arguments() {
    return new Builder();
  }

  /** Points argument {@code index} at an address for the execution that follows. */
  private void bind(int index, long address) {
    Dnnl.check("data handle", dnnl_memory_set_data_handle(memories[index], handle.at(address)));
  }

  /**
   * Runs the operation; only for the class of its specification, which knows the order.
   *
   * @param addresses of the arguments, in the order in which they were added
   */
  void run(long... addresses) {
    for (int i = 0; i < addresses.length; i++) {
      bind(i, addresses[i]);
    }
    if (scratchpadBytes > 0) {
      bind(memories.length - 1, dnnl.scratchpad(scratchpadBytes));
    }
    Dnnl.check(
        "primitive execution",
        dnnl_primitive_execute(primitive, dnnl.stream(), memories.length, arguments));
  }

  @Override
  public void close() {
    for (dnnl_memory memory : memories) {
      if (memory != null) {
        dnnl_memory_destroy(memory);
      }
    }
    dnnl_primitive_destroy(primitive);
    arguments.close();
  }

  /** Collects argument identifiers and tensor descriptions, which it frees once built. */
  static final class Builder {
    private final List<Integer> ids = new ArrayList<>();
    private final List<dnnl_memory_desc> tensors = new ArrayList<>();

    private Builder() {}

    /** Adds the argument {@code DNNL_ARG_…} with its shape; the builder owns the description. */
    Builder add(int id, dnnl_memory_desc tensor) {
      ids.add(id);
      tensors.add(tensor);
      return this;
    }

    /** Compiles the primitive and frees its descriptions. */
    Primitive build(Dnnl dnnl, dnnl_primitive_desc description) {
      try {
        return new Primitive(dnnl, description, this);
      } finally {
        tensors.forEach(tensor -> dnnl_memory_desc_destroy(tensor));
        dnnl_primitive_desc_destroy(description);
      }
    }
  }
}
