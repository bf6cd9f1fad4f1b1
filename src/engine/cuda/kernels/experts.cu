// The steps around the products of a layer's experts, one block per row.

// rows += bias, in f32: what a router says.
extern "C" __global__ void add_bias_wide(float* rows, const float* bias, int width) {
    float* row = rows + (size_t)blockIdx.x * width;
    for (int i = threadIdx.x; i < width; i += blockDim.x) row[i] += bias[i];
}

// sum[rows[i]] += shares[i] · said[i]; no row stands twice among those of one launch.
extern "C" __global__ void add_shares(float* sum, const u32* rows, const float* shares, const element* said, int hidden) {
    const float share = shares[blockIdx.x];
    float* to = sum + (size_t)rows[blockIdx.x] * hidden;
    said += (size_t)blockIdx.x * hidden;
    for (int i = threadIdx.x * VEC; i < hidden; i += blockDim.x * VEC) {
        float values[VEC];
        widen(load(said + i), values);
#pragma unroll
        for (int j = 0; j < VEC; j++) to[i + j] += share * values[j];
    }
}

// x[row] += sum[row], or with a norm's weights sum[row] · weight / rms(sum[row])
extern "C" __global__ void add_sum(element* x, const float* sum, const float* weight, int hidden, float eps) {
    __shared__ float shared[32];
    x += (size_t)blockIdx.x * hidden;
    sum += (size_t)blockIdx.x * hidden;
    float scale = 1.0f;
    if (weight != nullptr) {
        float squares = 0.0f;
        for (int i = threadIdx.x; i < hidden; i += blockDim.x) squares += sum[i] * sum[i];
        scale = rsqrtf(block_sum(squares, shared) / hidden + eps);
    }
    for (int i = threadIdx.x * VEC; i < hidden; i += blockDim.x * VEC) {
        float values[VEC];
        widen(load(x + i), values);
#pragma unroll
        for (int j = 0; j < VEC; j++)
            values[j] += sum[i + j] * scale * (weight == nullptr ? 1.0f : weight[i + j]);
        store(x + i, narrow(values));
    }
}
