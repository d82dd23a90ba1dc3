using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Bayes.Layers.Benchmarks.HandWritten;

/// <summary>
/// A plain residual network with a forward of its own (He et al. 2016, "Deep Residual Learning for Image Recognition", table 1, 18 layers), of 11
/// million weights.
/// </summary>
internal sealed class ResNet18 : Module<Tensor, Tensor>
{
    private readonly TorchSharp.Modules.Sequential _stem, _body;
    private readonly TorchSharp.Modules.Linear _head;

    public ResNet18(long classes) : base(nameof(ResNet18))
    {
        _stem = Sequential(
            Conv2d(3, 64, 7, stride: 2, padding: 3, bias: false), BatchNorm2d(64), ReLU(), MaxPool2d(3, stride: 2, padding: 1));
        _body = Sequential(
            new Block(64, 64, 1), new Block(64, 64, 1), new Block(64, 128, 2), new Block(128, 128, 1), new Block(128, 256, 2),
            new Block(256, 256, 1), new Block(256, 512, 2), new Block(512, 512, 1));
        _head = Linear(512, classes);
        RegisterComponents();
    }

    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        return _head.call(_body.call(_stem.call(images)).mean([2L, 3L])).MoveToOuterDisposeScope();
    }

    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly TorchSharp.Modules.Sequential _path;
        private readonly TorchSharp.Modules.Sequential? _shortcut;

        public Block(long inputs, long outputs, long stride) : base(nameof(Block))
        {
            _path = Sequential(
                Conv2d(inputs, outputs, 3, stride: stride, padding: 1, bias: false), BatchNorm2d(outputs), ReLU(),
                Conv2d(outputs, outputs, 3, padding: 1, bias: false), BatchNorm2d(outputs));
            if (inputs != outputs)
                _shortcut = Sequential(Conv2d(inputs, outputs, 1, stride: stride, bias: false), BatchNorm2d(outputs));
            RegisterComponents();
        }

        public override Tensor forward(Tensor value)
        {
            using var scope = NewDisposeScope();
            return functional.relu(_path.call(value).add_(_shortcut?.call(value) ?? value)).MoveToOuterDisposeScope();
        }
    }
}
