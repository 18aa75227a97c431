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
import java.util.Objects;
import java.util.stream.Stream;
import org.bytedeco.cuda.cublas.cublasLtContext;
import org.bytedeco.cuda.cublas.cublasLtMatmulDescOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulHeuristicResult_t;
import org.bytedeco.cuda.cublas.cublasLtMatmulPreferenceOpaque_t;
import org.bytedeco.cuda.cublas.cublasLtMatrixLayoutOpaque_t;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;

/**
 * How cuBLASLt computes a product c = a · b + bias + addend of given sizes: the product's
 * description, the layouts of its matrices and the algorithm that was chosen.
 *
 * <p>cuBLASLt's matrices are column-major. A row-major c = a · b is therefore computed as cᵀ = bᵀ ·
 * aᵀ, where each transpose is the same memory read column by column.
 */
final class MatmulPlan implements AutoCloseable {

  /** Size of the workspace that {@link #run} needs. */
  static final long WORKSPACE_BYTES = 32L << 20;

  /** The largest alignment that algorithms require. */
  private static final long MOST_ALIGNMENT = 256;

  /** Factors of the product and the addend, which cuBLASLt reads from the host's memory. */
  private static final FloatPointer ONE = new FloatPointer(1f);

  private static final FloatPointer ZERO = new FloatPointer(0f);

  /** Everything that the choice of an algorithm depends on. */
  record Key(
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

  /** Addresses of a product's matrices; 0 for no bias or no addend. */
  record Addresses(long a, long b, long bias, long addend, long c) {

    static Addresses of(Operand a, Operand b, Matrix bias, Matrix addend, Matrix c) {
      return new Addresses(
          a.matrix().address(), b.matrix().address(), at(bias), at(addend), c.address());
    }

    private static long at(Matrix matrix) {
      return matrix == null ? 0 : matrix.address();
    }
  }

  private final cublasLtContext context;
  private cublasLtMatmulDescOpaque_t description;
  private cublasLtMatrixLayoutOpaque_t first;
  private cublasLtMatrixLayoutOpaque_t second;
  private cublasLtMatrixLayoutOpaque_t addend;
  private cublasLtMatrixLayoutOpaque_t result;
  private final cublasLtMatmulHeuristicResult_t choice = new cublasLtMatmulHeuristicResult_t();

  private final boolean hasAlgorithm;

  /**
   * Makes a plan. This thread must be bound to the GPU.
   *
   * @param context an open context of cuBLASLt, which outlives the plan
   */
  MatmulPlan(cublasLtContext context, Key key) {
    this.context = context;
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

  /** Whether cuBLASLt has an algorithm for the product. */
  boolean hasAlgorithm() {
    return hasAlgorithm;
  }

  private void describe(Key key) {
    try (PointerPointer<Pointer> made = new PointerPointer<>(1)) {
      CublasLtStatus.require(
          cublasLtMatmulDescCreate(made, CUBLAS_COMPUTE_32F, CUDA_R_32F),
          "cublasLtMatmulDescCreate");
      description = new cublasLtMatmulDescOpaque_t(made.get(Pointer.class, 0));
    }
    set(CUBLASLT_MATMUL_DESC_TRANSA, operation(key.transposedB()));
    set(CUBLASLT_MATMUL_DESC_TRANSB, operation(key.transposedA()));
    if (key.hasBias()) {
      set(CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
      setBias(MOST_ALIGNMENT); // any address: the heuristics only need one
    }
  }

  private static int operation(boolean transposed) {
    return transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
  }

  /** The layout of a column-major matrix that is [rows, columns] after transposition. */
  private static cublasLtMatrixLayoutOpaque_t layout(
      int type, boolean transposed, long rows, long columns, long stride) {
    try (PointerPointer<Pointer> made = new PointerPointer<>(1)) {
      CublasLtStatus.require(
          cublasLtMatrixLayoutCreate(
              made, type, transposed ? columns : rows, transposed ? rows : columns, stride),
          "cublasLtMatrixLayoutCreate");
      return new cublasLtMatrixLayoutOpaque_t(made.get(Pointer.class, 0));
    }
  }

  private boolean choose(Key key) {
    int[] found = new int[1];
    try (PointerPointer<Pointer> made = new PointerPointer<>(1)) {
      CublasLtStatus.require(
          cublasLtMatmulPreferenceCreate(made), "cublasLtMatmulPreferenceCreate");
      cublasLtMatmulPreferenceOpaque_t preference =
          new cublasLtMatmulPreferenceOpaque_t(made.get(Pointer.class, 0));
      int status;
      try {
        prefer(preference, key);
        status =
            cublasLtMatmulAlgoGetHeuristic(
                context, description, first, second, addend, result, preference, 1, choice, found);
      } finally {
        cublasLtMatmulPreferenceDestroy(preference);
      }
      if (status != CUBLAS_STATUS_NOT_SUPPORTED) {
        CublasLtStatus.require(status, "cublasLtMatmulAlgoGetHeuristic");
      }
      return status == CUBLAS_STATUS_SUCCESS
          && found[0] > 0
          && choice.state() == CUBLAS_STATUS_SUCCESS;
    }
  }

  private static void prefer(cublasLtMatmulPreferenceOpaque_t preference, Key key) {
    try (SizeTPointer bytes = new SizeTPointer(1).put(WORKSPACE_BYTES)) {
      CublasLtStatus.require(
          cublasLtMatmulPreferenceSetAttribute(
              preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, bytes, Long.BYTES),
          "cublasLtMatmulPreferenceSetAttribute");
    }
    long[] alignments = {
      key.alignmentB(), key.alignmentA(), key.alignmentAddend(), key.alignmentC()
    };
    for (int i = 0; i < alignments.length; i++) {
      try (IntPointer bytes = new IntPointer(1).put((int) alignments[i])) {
        CublasLtStatus.require(
            cublasLtMatmulPreferenceSetAttribute(
                preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES + i, bytes, Integer.BYTES),
            "cublasLtMatmulPreferenceSetAttribute");
      }
    }
  }

  /**
   * Puts a product on a stream.
   *
   * @param workspace address of {@link #WORKSPACE_BYTES} bytes
   */
  void run(Addresses product, long workspace, CUstream_st stream) {
    if (product.bias() != 0) {
      setBias(product.bias());
    }
    CublasLtStatus.require(
        cublasLtMatmul(
            context,
            description,
            ONE,
            new GpuAddress(product.b()),
            first,
            new GpuAddress(product.a()),
            second,
            product.addend() == 0 ? ZERO : ONE,
            new GpuAddress(product.addend() == 0 ? product.c() : product.addend()),
            addend,
            new GpuAddress(product.c()),
            result,
            choice.algo(),
            new GpuAddress(workspace),
            WORKSPACE_BYTES,
            stream),
        "cublasLtMatmul");
  }

  /** Frees everything that was made; if the constructor failed, this is only a part. */
  @Override
  public void close() {
    if (description != null) {
      cublasLtMatmulDescDestroy(description);
    }
    Stream.of(first, second, addend, result)
        .filter(Objects::nonNull)
        .forEach(layout -> cublasLtMatrixLayoutDestroy(layout));
  }

  private void set(int what, int value) {
    try (IntPointer number = new IntPointer(1).put(value)) {
      CublasLtStatus.require(
          cublasLtMatmulDescSetAttribute(description, what, number, Integer.BYTES),
          "cublasLtMatmulDescSetAttribute");
    }
  }

  private void setBias(long address) {
    try (LongPointer pointer = new LongPointer(1).put(address)) {
      CublasLtStatus.require(
          cublasLtMatmulDescSetAttribute(
              description, CUBLASLT_MATMUL_DESC_BIAS_POINTER, pointer, Long.BYTES),
          "cublasLtMatmulDescSetAttribute");
    }
  }
}
