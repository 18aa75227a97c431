package io.github.coconut4j.model.cuda;

import static org.bytedeco.cuda.global.cublas.cublasLtCreate;
import static org.bytedeco.cuda.global.cublas.cublasLtDestroy;

import io.github.coconut4j.model.backend.DeviceException;
import io.github.coconut4j.model.loop.Matrix;
import java.util.LinkedHashMap;
import java.util.Map;
import lombok.extern.slf4j.Slf4j;
import org.bytedeco.cuda.cublas.cublasLtContext;

/**
 * Products with cuBLASLt, of float32 (without TF32) or of bfloat16. Sums and results are float32.
 * Plans are cached by the sizes of products.
 */
@Slf4j
final class CublasLtProducts implements Products {

  private static final int MOST_PLANS = 4096;

  /** Alignment of biases: cuBLASLt loads them as vectors, without a preference to say otherwise. */
  private static final long BIAS_ALIGNMENT = 16;

  private final QueuedGpu gpu;

  /** For products that cuBLASLt has no algorithm for. */
  private final Products plain;

  private final cublasLtContext context = new cublasLtContext();
  private final GpuMemory workspace;

  /** Least recently used first. */
  private final Map<MatmulPlan.Key, MatmulPlan> plans = new LinkedHashMap<>(16, 0.75f, true);

  CublasLtProducts(QueuedGpu gpu) {
    this.gpu = gpu;
    plain = new PlainProducts(gpu);
    gpu.driver().stream(); // binds this thread to the GPU, as cublasLtCreate requires
    CublasLtStatus.require(cublasLtCreate(context), "cublasLtCreate");
    workspace = new GpuMemory(gpu);
  }

  /** A queued product. */
  private record Product(MatmulPlan plan, MatmulPlan.Addresses addresses, GpuMemory workspace)
      implements GpuCommand {

    @Override
    public void run(DriverGpu gpu) {
      try {
        plan.run(addresses, workspace.require(0), gpu.stream());
      } catch (DeviceException e) {
        gpu.requireIntact(); // an earlier kernel's failure is not cuBLASLt's
        throw e;
      }
    }
  }

  @Override
  public void multiply(Operand a, Operand b, Matrix bias, Matrix addend, Matrix c) {
    if (c.rows() == 0 || c.columns() == 0) {
      return;
    }
    if (!tryMultiply(a, b, bias, addend, c)) {
      if (bias == null) {
        plain.multiply(a, b, null, addend, c);
      } else { // cuBLASLt does not add a bias for every combination of types
        multiply(a, b, null, addend, c);
        addBias(bias, c);
      }
    }
  }

  /** Adds the product to the queue if cuBLASLt has an algorithm for it. */
  private boolean tryMultiply(Operand a, Operand b, Matrix bias, Matrix addend, Matrix c) {
    if (bias != null && bias.address() % BIAS_ALIGNMENT != 0) {
      return false;
    }
    MatmulPlan.Key key = MatmulPlan.Key.of(a, b, bias, addend, c);
    MatmulPlan plan = plan(key);
    if (plan.hasAlgorithm()) {
      workspace.requireBytes(MatmulPlan.WORKSPACE_BYTES);
      gpu.add(new Product(plan, MatmulPlan.Addresses.of(a, b, bias, addend, c), workspace));
    }
    return plan.hasAlgorithm();
  }

  private MatmulPlan plan(MatmulPlan.Key key) {
    MatmulPlan plan = plans.computeIfAbsent(key, this::newPlan);
    if (plans.size() > MOST_PLANS) {
      gpu.submit(); // queued products that use the plan
      MatmulPlan.Key oldest = plans.keySet().iterator().next();
      plans.remove(oldest).close();
    }
    return plan;
  }

  private MatmulPlan newPlan(MatmulPlan.Key key) {
    gpu.driver().stream(); // binds this thread to the GPU: it may be another one than before
    MatmulPlan plan = new MatmulPlan(context, key);
    if (!plan.hasAlgorithm() && !key.hasBias()) {
      log.warn("cuBLASLt has no algorithm for {}: a slower kernel computes such products.", key);
    }
    return plan;
  }

  private void addBias(Matrix bias, Matrix c) {
    gpu.launch(
        "addBias",
        Grid.rows(c.rows(), c.columns()),
        bias.address(),
        0L,
        0L,
        c.address(),
        c.stride(),
        (int) c.columns());
  }

  @Override
  public void close() {
    gpu.settle(); // queued products that use the plans
    gpu.driver().stream(); // binds this thread: cublasLtDestroy would open the first GPU otherwise
    plans.values().forEach(MatmulPlan::close);
    plans.clear();
    cublasLtDestroy(context);
    workspace.close();
  }
}
