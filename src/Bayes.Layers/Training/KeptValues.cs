using System.Numerics;
using Bayes.Layers.Kernels;
using Bayes.Layers.Numerics;
using static TorchSharp.torch;

namespace Bayes.Layers.Training;

/// <summary>
/// Copies of the values of some tensors, to be put back in place, so that references to the tensors and views of them stay valid.
/// </summary>
/// <remarks>Owns the copies; dispose it.</remarks>
internal sealed class KeptValues(IEnumerable<Tensor> tensors) : IDisposable
{
    private readonly KeptValue[] _values = [.. tensors.Select(KeptValue.Of)];

    /// <summary>Gets whether all current values are finite.</summary>
    public bool AreFinite => Array.TrueForAll(_values, value => value.IsFinite);

    /// <summary>Copies the current values, in place of those kept before.</summary>
    public void Keep()
    {
        foreach (var value in _values)
            value.Keep();
    }

    /// <summary>Puts back the values kept last, if any.</summary>
    public void Restore()
    {
        foreach (var value in _values)
            value.Restore();
    }

    /// <summary>Returns the values kept last, a tensor for each; nulls if none were kept.</summary>
    public IEnumerable<Tensor?> Kept() => _values.Select(value => value.Kept());

    public void Dispose()
    {
        foreach (var value in _values)
            value.Dispose();
    }
}

/// <summary>A copy of one tensor's values, to be put back in place.</summary>
/// <remarks>Owns the copy, not the tensor; dispose it.</remarks>
internal abstract class KeptValue : IDisposable
{
    /// <summary>Gets whether all current values are finite.</summary>
    public abstract bool IsFinite { get; }

    /// <summary>
    /// Returns the copy for a tensor: in managed code if it can read the numbers, since a call into libtorch costs more than a few hundred of them.
    /// </summary>
    public static KeptValue Of(Tensor tensor) =>
        !tensor.IsPlain() ? new KeptTensor(tensor)
        : tensor.dtype == ScalarType.Float32 ? new KeptSpan<float>(tensor)
        : new KeptSpan<double>(tensor);

    /// <summary>Copies the current values, in place of those kept before.</summary>
    public abstract void Keep();

    /// <summary>Puts back the values kept last, if any.</summary>
    public abstract void Restore();

    /// <summary>Returns the values kept last, as a tensor that the caller does not change; null if none were kept.</summary>
    public abstract Tensor? Kept();

    public abstract void Dispose();

    private sealed class KeptSpan<T>(Tensor tensor) : KeptValue where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly TensorMemory<T> _memory = tensor.AsMemory<T>();
        private T[]? _copy;

        public override bool IsFinite
        {
            get
            {
                bool isFinite = !double.IsNaN(Blocks.Sum(_memory.Length, new ZeroTerm(_memory)));
                GC.KeepAlive(tensor);
                return isFinite;
            }
        }

        public override void Keep()
        {
            _copy ??= new T[_memory.Length];
            _memory.All.CopyTo(_copy);
            GC.KeepAlive(tensor);
        }

        public override void Restore()
        {
            _copy?.CopyTo(_memory.All);
            GC.KeepAlive(tensor);
        }

        public override Tensor? Kept()
        {
            if (_copy is null)
                return null;
            var kept = empty(tensor.shape, tensor.dtype, CPU);
            _copy.CopyTo(kept.AsSpan<T>());
            return kept;
        }

        public override void Dispose()
        {
        }

        /// <summary>Computes 0, or NaN if a number is not finite.</summary>
        private readonly struct ZeroTerm(TensorMemory<T> numbers) : IBlockTerm
        {
            public double Take(int start, int length)
            {
                Span<T> values = numbers.Slice(start, length);
                var vectors = Vectors.Of(values);
                Vector<T> sum = default;
                foreach (var vector in vectors)
                    sum += vector * Vector<T>.Zero;
                T rest = Vector.Sum(sum);
                foreach (T value in values[(vectors.Length * Vector<T>.Count)..])
                    rest += value * T.Zero;
                return double.CreateTruncating(rest);
            }
        }
    }

    private sealed class KeptTensor(Tensor tensor) : KeptValue
    {
        private Tensor? _copy;

        public override bool IsFinite => Finiteness.IsFinite(tensor);

        public override void Keep()
        {
            using var noGrad = no_grad();
            if (_copy is null)
                _copy = tensor.detach().clone().Owned();
            else
                _copy.copy_(tensor);
        }

        public override void Restore()
        {
            if (_copy is null)
                return;
            using var noGrad = no_grad();
            tensor.copy_(_copy);
        }

        public override Tensor? Kept() => _copy?.alias();

        public override void Dispose() => _copy?.Dispose();
    }
}
