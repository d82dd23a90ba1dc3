using Bayes.Layers.Uncertainty;

return TorchProgram.Run((output, error, isTerminal, interrupt) => UncertaintyProgram.Run(args, output, error, isTerminal, interrupt));
