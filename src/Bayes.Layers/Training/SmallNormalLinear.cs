using System.Numerics;
using Bayes.Layers.Estimators;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// A layer whose outputs are drawn: x Mᵀ + √(x² Vᵀ) · eps with the means M and the variances V of its weights, as in
/// <see cref="LocalReparameterization"/>.
/// </summary>
internal sealed class SmallNormalLinear<T>(int inputSize, int outputSize, PosteriorSlice weight, PosteriorSlice? bias)
    : SmallLinear<T>(inputSize, outputSize) where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly ProductLoop<T> _products = new();
    private (LeafBuffer<T> Means, LeafBuffer<T> Variances) _weights;
    private (LeafBuffer<T> Means, LeafBuffer<T> Variances)? _biases;
    private TensorMemory<T> _noise;
    private Tensor? _noiseTensor;
    private T[] _squares = [];
    private T[] _slopes = [];
    private T[] _gradients = [];

    /// <inheritdoc/>
    public override long Products => 2L * InputSize * Width;

    /// <inheritdoc/>
    public override void Draw(in SmallPass<T> pass)
    {
        _weights = Use(pass.Arithmetic, weight);
        _biases = bias is null ? null : Use(pass.Arithmetic, bias);
        var dtype = _weights.Means.Numbers.dtype;
        _noiseTensor = pass.Noise.StandardNormal([pass.Samples, pass.Rows, Width], dtype, CPU);
        _noise = _noiseTensor.AsMemory<T>();
        Grow(ref _squares, pass.Rows * InputSize);
        Grow(ref _slopes, pass.Rows * Width);
        Grow(ref _gradients, pass.Rows * Math.Max(InputSize, Width));
    }

    /// <inheritdoc/>
    public override void End() => _noiseTensor = null;

    /// <inheritdoc/>
    protected override void Forward(int sample, ReadOnlySpan<T> input, Span<T> output)
    {
        Span<T> squares = _squares.AsSpan(0, input.Length), slopes = _slopes.AsSpan(0, output.Length);
        Vectors.Multiply(input, input, squares);
        _products.Multiply(new(input, InputSize), Matrix(_weights.Means).Transposed, output);
        _products.Multiply(new(squares, InputSize), Matrix(_weights.Variances).Transposed, slopes);
        if (_biases is var (means, variances))
            for (int start = 0; start < output.Length; start += Width)
            {
                Vectors.AddScaled(means.Memory.All, T.One, output.Slice(start, Width));
                Vectors.AddScaled(variances.Memory.All, T.One, slopes.Slice(start, Width));
            }
        ToDraws(_noise.Slice((long)sample * output.Length, output.Length), slopes, output);
    }

    /// <inheritdoc/>
    public override void Backward(int sample, ReadOnlySpan<T> input, ReadOnlySpan<T> outputGradient, Span<T> inputGradient)
    {
        // The gradient with respect to the variances of the outputs.
        var ofVariances = _slopes.AsSpan(0, outputGradient.Length);
        Vectors.Multiply(outputGradient, ofVariances, ofVariances);
        StridedMatrix<T> slopes = new(outputGradient, Width), variances = new(ofVariances, Width);
        _products.Add(slopes.Transposed, new(input, InputSize), GradientOf(_weights.Means));
        _products.Add(variances.Transposed, new(_squares.AsSpan(0, input.Length), InputSize), GradientOf(_weights.Variances));
        if (_biases is { } biases)
            for (int start = 0; start < outputGradient.Length; start += Width)
            {
                Vectors.AddScaled(outputGradient.Slice(start, Width), T.One, GradientOf(biases.Means));
                Vectors.AddScaled(ofVariances.Slice(start, Width), T.One, GradientOf(biases.Variances));
            }
        if (inputGradient.IsEmpty)
            return;
        _products.Multiply(slopes, Matrix(_weights.Means), inputGradient);
        // The derivative of x² is 2 x.
        var ofSquares = _gradients.AsSpan(0, input.Length);
        _products.Multiply(variances, Matrix(_weights.Variances), ofSquares);
        Vectors.Multiply(ofSquares, input, ofSquares);
        Vectors.AddScaled(ofSquares, T.CreateTruncating(2), inputGradient);
    }

    private static (LeafBuffer<T> Means, LeafBuffer<T> Variances) Use(ManagedArithmetic<T> arithmetic, PosteriorSlice slice)
    {
        var (means, variances) = (arithmetic.MeansOf(slice), arithmetic.VariancesInto(slice));
        means.UseOwnGradient();
        variances.UseOwnGradient();
        return (means, variances);
    }

    private static Span<T> GradientOf(LeafBuffer<T> leaf) => leaf.Gradient!.Value.All;

    private StridedMatrix<T> Matrix(LeafBuffer<T> leaf) => new(leaf.Memory.All, InputSize);

    private static void Grow(ref T[] room, int length)
    {
        if (room.Length < length)
            room = new T[length];
    }

    // Turns means into draws, and variances into the derivatives of the draws with respect to them.
    private static void ToDraws(ReadOnlySpan<T> noise, Span<T> variances, Span<T> means)
    {
        T floor = T.CreateTruncating(Precision.SmallestNormal), half = T.CreateTruncating(0.5);
        var noises = Vectors.Of(noise);
        Span<Vector<T>> slopes = Vectors.Of(variances), draws = Vectors.Of(means);
        for (int i = 0; i < noises.Length; i++)
        {
            var stddev = Vector.SquareRoot(slopes[i] + new Vector<T>(floor));
            draws[i] += stddev * noises[i];
            slopes[i] = noises[i] * half / stddev;
        }
        for (int i = noises.Length * Vector<T>.Count; i < noise.Length; i++)
        {
            T stddev = T.Sqrt(variances[i] + floor);
            means[i] += stddev * noise[i];
            variances[i] = noise[i] * half / stddev;
        }
    }
}
