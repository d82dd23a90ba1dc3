using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Tests.Networks;

/// <summary>A network with a residual block, a normalization and a parameter of its own.</summary>
internal sealed class ResidualNetwork : nn.Module<Tensor, Tensor>
{
    public readonly Linear first;
    public readonly LayerNorm norm;
    public readonly Linear block;
    public readonly Linear last;

    public Parameter scale;

    public ResidualNetwork(long inputs, long outputs, ScalarType dtype = ScalarType.Float32) : base(nameof(ResidualNetwork))
    {
        first = Linear(inputs, 5, dtype: dtype);
        norm = LayerNorm(5, dtype: dtype);
        block = Linear(5, 5, dtype: dtype);
        last = Linear(5, outputs, dtype: dtype);
        scale = new Parameter(full([5], 0.7, dtype).DetachFromDisposeScope());
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var hidden = first.call(input).tanh();
        hidden = hidden + scale * block.call(norm.call(hidden));
        return last.call(hidden).MoveToOuterDisposeScope();
    }
}

/// <summary>A network of rows that it reads as sequences of numbers, with a recurrent layer of native code.</summary>
internal sealed class SequenceNetwork : nn.Module<Tensor, Tensor>
{
    public readonly LSTM lstm;
    public readonly Linear last;

    public SequenceNetwork(long outputs, ScalarType dtype = ScalarType.Float32) : base(nameof(SequenceNetwork))
    {
        lstm = LSTM(1, 4, batchFirst: true, dtype: dtype);
        last = Linear(4, outputs, dtype: dtype);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var (states, _, _) = lstm.call(input.unsqueeze(-1));
        return last.call(states.select(1, -1)).MoveToOuterDisposeScope();
    }
}

/// <summary>A network of words, or of numbers that it rounds to words, with an encoder of native code whose sequence is on axis 0.</summary>
internal sealed class WordNetwork : nn.Module<Tensor, Tensor>
{
    public const long Words = 7, Padding = 2;

    public readonly Embedding words;
    public readonly TransformerEncoder encoder;
    public readonly Linear last;

    public WordNetwork(long outputs, ScalarType dtype = ScalarType.Float32) : base(nameof(WordNetwork))
    {
        words = Embedding(Words, 4, padding_idx: Padding, dtype: dtype);
        // The encoder copies the layer.
        using var layer = TransformerEncoderLayer(4, nhead: 2, dim_feedforward: 6, dropout: 0);
        encoder = TransformerEncoder(layer, num_layers: 1);
        last = Linear(4, outputs, dtype: dtype);
        RegisterComponents();
        this.to(dtype);
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var index = input.dtype == ScalarType.Int64 ? input : input.mul(3).round().to(int64).remainder(Words);
        var sequence = words.call(index).transpose(0, 1);
        return last.call(encoder.call(sequence, null, null).mean([0L])).MoveToOuterDisposeScope();
    }
}

/// <summary>How an <see cref="ImageNetwork"/> ends.</summary>
internal enum Ending
{
    /// <summary>With the last layer.</summary>
    Layer,

    /// <summary>With a softmax of the last layer, and an axis less.</summary>
    Softmax,

    /// <summary>With a sum of the last layer and of what comes before it.</summary>
    Residual,
}

/// <summary>A small network of images with residual blocks, as ResNet has them.</summary>
internal sealed class ImageNetwork : nn.Module<Tensor, Tensor>
{
    public const long Outputs = 3;

    public readonly Conv2d stem;
    public readonly BatchNorm2d norm;
    public readonly Conv2d block;
    public readonly Linear fc;
    private readonly Ending _ending;

    public ImageNetwork(Ending ending = Ending.Layer, ScalarType dtype = ScalarType.Float64) : base(nameof(ImageNetwork))
    {
        _ending = ending;
        stem = Conv2d(1, Outputs, 3, padding: 1L, dtype: dtype);
        norm = BatchNorm2d(Outputs, dtype: dtype);
        block = Conv2d(Outputs, Outputs, 3, padding: 1L, dtype: dtype);
        fc = Linear(Outputs, Outputs, dtype: dtype);
        RegisterComponents();
    }

    /// <summary>The number of calls so far.</summary>
    public int Calls { get; private set; }

    /// <summary>The number of rows of these calls.</summary>
    public long Rows { get; private set; }

    public Tensor Features(Tensor input)
    {
        using var scope = NewDisposeScope();
        var hidden = norm.call(stem.call(input)).relu_();
        hidden = (hidden + block.call(hidden)).relu();
        return hidden.mean([2L, 3L]).MoveToOuterDisposeScope();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        (Calls, Rows) = (Calls + 1, Rows + input.shape[0]);
        var features = Features(input);
        var output = fc.call(features);
        output = _ending switch
        {
            Ending.Softmax => output.unsqueeze(1).softmax(-1).squeeze(1),
            Ending.Residual => output + features,
            _ => output,
        };
        return output.MoveToOuterDisposeScope();
    }
}
