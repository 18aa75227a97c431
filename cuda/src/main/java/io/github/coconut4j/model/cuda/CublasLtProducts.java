package io.github.coconut4j.model.cuda;

import static org.bytedeco.cuda.global.cublas.CUBLASLT_EPILOGUE_BIAS;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_DESC_BIAS_POINTER;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_DESC_EPILOGUE;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_DESC_TRANSA;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_DESC_TRANSB;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES;
import static org.bytedeco.cuda.global.cublas.CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES;
import static org.bytedeco.cuda.global.cublas.CUBLAS_COMPUTE_32F;
import static org.bytedeco.cuda.global.cublas.CUBLAS_OP_N;
import static org.bytedeco.cuda.global.cublas.CUBLAS_OP_T;
import static org.bytedeco.cuda.global.cublas.CUBLAS_STATUS_NOT_SUPPORTED;
import static org.bytedeco.cuda.global.cublas.CUBLAS_STATUS_SUCCESS;
import static org.bytedeco.cuda.global.cublas.cublasLtCreate;
import static org.bytedeco.cuda.global.cublas.cublasLtDestroy;
import static org.bytedeco.cuda.global.cublas.cublasLtGetStatusString;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmul;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulAlgoGetHeuristic;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulDescCreate;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulDescDestroy;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulDescSetAttribute;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulPreferenceCreate;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulPreferenceDestroy;
import static org.bytedeco.cuda.global.cublas.cublasLtMatmulPreferenceSetAttribute;
import static org.bytedeco.cuda.global.cublas.cublasLtMatrixLayoutCreate;
import static org.bytedeco.cuda.global.cublas.cublasLtMatrixLayoutDestroy;
import static org.bytedeco.cuda.global.cudart.CUDA_R_16BF;
import static org.bytedeco.cuda.global.cudart.CUDA_R_32F;

import io.github.coconut4j.model.backend.DeviceException;
import io.github.coconut4j.model.loop.Matrix;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.cublas.cublasLtMatmulDescOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulHeuristicResult_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulPreferenceOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatrixLayoutOpaque_t;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * Products with cuBLASLt, of float32 (without TF32) or of bfloat16. Sums and results are float32.
 *
 * <p>cuBLASLt's matrices are column-major. A row-major c = a · b is therefore computed as cᵀ = bᵀ ·
 * aᵀ, where each transpose is the same memory read column by column. Descriptions and algorithms
 * are cached by the sizes of products.
 */
final class CublasLtProducts implements Products {

  /** Workspace of each device. */
  static final long WORKSPACE_BYTES = 32L << 20;

  /** The largest alignment that algorithms require. */
  private static final long MOST_ALIGNMENT = 256;

  private static final int MOST_PLANS = 4096;

  private final QueuedGpu gpu;
  private final cublasLtContext context = new cublasLtContext();
  private final GpuMemory workspace;
  private final FloatPointer one = new FloatPointer(1f);
  private final FloatPointer zero = new FloatPointer(0f);

  /** Least recently used first. */
  private final Map<Key, Plan> plans = new LinkedHashMap<>(16, 0.75f, true);

  CublasLtProducts(QueuedGpu gpu) {
    this.gpu = gpu;
    gpu.driver().stream(); // binds this thread to the GPU, as cublasLtCreate requires
    require(cublasLtCreate(context), "cublasLtCreate");
    workspace = new GpuMemory(gpu);
  }

  private static void require(int status, String call) {
    if (status != CUBLAS_STATUS_SUCCESS) {
      throw failure(call + " failed with " + cublasLtGetStatusString(status).getString());
    }
  }

  private static DeviceException failure(String found) {
    return new DeviceException(
        "cuBLASLt must compute a product, but "
            + found
            + ". Set -Dcoconut4j.cuda.products=plain to see whether it does without cuBLASLt.");
  }

  /** Everything that the choice of an algorithm depends on. */
  private record Key(
      long m,
      long n,
      long k,
      boolean transposedA,
      boolean transposedB,
      long strideA,
      long strideB,
      long strideAddend,
      long strideC,
      boolean hasBias,
      boolean bfloat16,
      long alignmentA,
      long alignmentB,
      long alignmentAddend,
      long alignmentC) {

    static Key of(Operand a, Operand b, Matrix bias, Matrix addend, Matrix c) {
      Matrix added = addend == null ? c : addend;
      return new Key(
          c.rows(),
          c.columns(),
          a.columns(),
          a.transposed(),
          b.transposed(),
          a.matrix().stride(),
          b.matrix().stride(),
          added.stride(),
          c.stride(),
          bias != null,
          a.matrix().bfloat16(),
          alignment(a.matrix()),
          alignment(b.matrix()),
          alignment(added),
          alignment(c));
    }

    private static long alignment(Matrix matrix) {
      return Math.min(MOST_ALIGNMENT, Long.lowestOneBit(matrix.address()));
    }
  }

  /** The description, the layouts and the algorithm of a product. */
  private final class Plan {

    private cublasLtMatmulDescOpaque_t description;
    private cublasLtMatrixLayoutOpaque_t first;
    private cublasLtMatrixLayoutOpaque_t second;
    private cublasLtMatrixLayoutOpaque_t addend;
    private cublasLtMatrixLayoutOpaque_t result;
    private final cublasLtMatmulHeuristicResult_t choice = new cublasLtMatmulHeuristicResult_t();

    /** Whether cuBLASLt has an algorithm for the product. */
    private boolean hasAlgorithm;

    Plan(Key key) {
      gpu.driver().stream(); // binds this thread to the GPU: it may be another one than before
      try {
        describe(key);
        int factors = key.bfloat16() ? CUDA_R_16BF : CUDA_R_32F;
        first = layout(factors, key.transposedB(), key.n(), key.k(), key.strideB());
        second = layout(factors, key.transposedA(), key.k(), key.m(), key.strideA());
        addend = layout(CUDA_R_32F, false, key.n(), key.m(), key.strideAddend());
        result = layout(CUDA_R_32F, false, key.n(), key.m(), key.strideC());
        hasAlgorithm = choose(key);
      } catch (DeviceException e) {
        close();
        throw e;
      }
    }

    private void describe(Key key) {
      try (PointerPointer<Pointer> made = new PointerPointer<>(1)) {
        require(
            cublasLtMatmulDescCreate(made, CUBLAS_COMPUTE_32F, CUDA_R_32F),
            "cublasLtMatmulDescCreate");
        description = new cublasLtMatmulDescOpaque_t(made.get(Pointer.class, 0));
      }
      set(description, CUBLASLT_MATMUL_DESC_TRANSA, operation(key.transposedB()));
      set(description, CUBLASLT_MATMUL_DESC_TRANSB, operation(key.transposedA()));
      if (key.hasBias()) {
        set(description, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
        bias(description, MOST_ALIGNMENT); // any address: the heuristics only need one
      }
    }

    private static int operation(boolean transposed) {
      return transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
    }

    /** The layout of a column-major matrix that is [rows, columns] after transposition. */
    private static cublasLtMatrixLayoutOpaque_t layout(
        int type, boolean transposed, long rows, long columns, long stride) {
      try (PointerPointer<Pointer> made = new PointerPointer<>(1)) {
        require(
            cublasLtMatrixLayoutCreate(
                made, type, transposed ? columns : rows, transposed ? rows : columns, stride),
            "cublasLtMatrixLayoutCreate");
        return new cublasLtMatrixLayoutOpaque_t(made.get(Pointer.class, 0));
      }
    }

    private boolean choose(Key key) {
      int[] found = new int[1];
      try (PointerPointer<Pointer> made = new PointerPointer<>(1)) {
        require(cublasLtMatmulPreferenceCreate(made), "cublasLtMatmulPreferenceCreate");
        cublasLtMatmulPreferenceOpaque_t preference =
            new cublasLtMatmulPreferenceOpaque_t(made.get(Pointer.class, 0));
        int status;
        try {
          prefer(preference, key);
          status =
              cublasLtMatmulAlgoGetHeuristic(
                  context,
                  description,
                  first,
                  second,
                  addend,
                  result,
                  preference,
                  1,
                  choice,
                  found);
        } finally {
          cublasLtMatmulPreferenceDestroy(preference);
        }
        if (status != CUBLAS_STATUS_NOT_SUPPORTED) {
          require(status, "cublasLtMatmulAlgoGetHeuristic");
        }
        return status == CUBLAS_STATUS_SUCCESS && found[0] > 0;
      }
    }

    private static void prefer(cublasLtMatmulPreferenceOpaque_t preference, Key key) {
      try (SizeTPointer bytes = new SizeTPointer(1).put(WORKSPACE_BYTES)) {
        require(
            cublasLtMatmulPreferenceSetAttribute(
                preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, bytes, Long.BYTES),
            "cublasLtMatmulPreferenceSetAttribute");
      }
      long[] alignments = {
        key.alignmentB(), key.alignmentA(), key.alignmentAddend(), key.alignmentC()
      };
      for (int i = 0; i < alignments.length; i++) {
        try (IntPointer bytes = new IntPointer(1).put((int) alignments[i])) {
          require(
              cublasLtMatmulPreferenceSetAttribute(
                  preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES + i, bytes, Integer.BYTES),
              "cublasLtMatmulPreferenceSetAttribute");
        }
      }
    }

    void run(Product product) {
      if (product.bias() != 0) {
        bias(description, product.bias());
      }
      require(
          cublasLtMatmul(
              context,
              description,
              one,
              new GpuAddress(product.b()),
              first,
              new GpuAddress(product.a()),
              second,
              product.added() == 0 ? zero : one,
              new GpuAddress(product.added() == 0 ? product.c() : product.added()),
              addend,
              new GpuAddress(product.c()),
              result,
              choice.algo(),
              new GpuAddress(workspace.require(0)),
              WORKSPACE_BYTES,
              gpu.driver().stream()),
          "cublasLtMatmul");
    }

    /** Frees everything that was made; if the constructor failed, this is only a part. */
    private void close() {
      if (description != null) {
        cublasLtMatmulDescDestroy(description);
      }
      Stream.of(first, second, addend, result)
          .filter(Objects::nonNull)
          .forEach(layout -> cublasLtMatrixLayoutDestroy(layout));
    }
  }

  /** A queued product of matrices at these addresses; 0 for no bias or addend. */
  private record Product(Plan plan, long a, long b, long bias, long added, long c)
      implements GpuCommand {

    static Product of(Plan plan, Operand a, Operand b, Matrix bias, Matrix added, Matrix c) {
      return new Product(
          plan, a.matrix().address(), b.matrix().address(), at(bias), at(added), c.address());
    }

    private static long at(Matrix matrix) {
      return matrix == null ? 0 : matrix.address();
    }

    @Override
    public void run(DriverGpu gpu) {
      plan.run(this);
    }
  }

  private static void set(cublasLtMatmulDescOpaque_t description, int what, int value) {
    try (IntPointer number = new IntPointer(1).put(value)) {
      require(
          cublasLtMatmulDescSetAttribute(description, what, number, Integer.BYTES),
          "cublasLtMatmulDescSetAttribute");
    }
  }

  private static void bias(cublasLtMatmulDescOpaque_t description, long address) {
    try (LongPointer pointer = new LongPointer(1).put(address)) {
      require(
          cublasLtMatmulDescSetAttribute(
              description, CUBLASLT_MATMUL_DESC_BIAS_POINTER, pointer, Long.BYTES),
          "cublasLtMatmulDescSetAttribute");
    }
  }

  @Override
  public void multiply(Operand a, Operand b, Matrix bias, Matrix addend, Matrix c) {
    if (c.rows() == 0 || c.columns() == 0) {
      return;
    }
    Key key = Key.of(a, b, bias, addend, c);
    Plan plan = plan(key);
    if (plan.hasAlgorithm) {
      workspace.requireBytes(WORKSPACE_BYTES);
      gpu.add(Product.of(plan, a, b, bias, addend, c));
    } else if (bias != null) { // cuBLASLt does not add a bias for every combination of types
      multiply(a, b, null, addend, c);
      addBias(bias, c);
    } else {
      throw failure("it has no algorithm for " + key);
    }
  }

  private Plan plan(Key key) {
    Plan plan = plans.computeIfAbsent(key, Plan::new);
    if (plans.size() > MOST_PLANS) {
      gpu.submit(); // queued products that use the plan
      Key oldest = plans.keySet().iterator().next();
      plans.remove(oldest).close();
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
    try (workspace) {
      gpu.settle(); // queued products that use the plans
    } finally {
      plans.values().forEach(Plan::close);
      plans.clear();
      cublasLtDestroy(context);
    }
  }
}
